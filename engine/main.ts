import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Before anything else is loaded: what is compiled once needn't be compiled again.
enableCompileCache(
  process.env.NODE_COMPILE_CACHE ??
    join(import.meta.dirname, "..", "node_modules", ".cache", "offline-engine"),
);

const { main } = await import("./cli/program.ts");
process.exitCode = await main(process.argv.slice(2));
