// Node strips types by itself, but not below node_modules, where the installed package is.
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

registerHooks({
  load(url, context, next) {
    if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), "utf8"), { sourceUrl: url });
    // What runs below node_modules is cli/ and engine/, and both are modules.
    return { format: "module", source, shortCircuit: true };
  },
});
