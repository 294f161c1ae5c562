// npm run -s env [-- CLIENT] [--stack NAME]: prints what a shell needs to use the daemon.
//   eval "$(npm run -s env)"
import { parseArgs } from "node:util";
import { clientEnvironment } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { exportLines, pathLine } from "./shared/shell.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stack: { type: "string", short: "s", default: process.env.PULUMI_STACK || "dev" } },
  });
  const outputs = await stackOutputs(values.stack);
  process.stdout.write(exportLines({ ...clientEnvironment(values.stack, outputs, positionals[0]) }));
  const folder = process.env.REMOTE_DOCKER_CLIENT_FOLDER;
  if (folder) process.stdout.write(pathLine(folder, process.env.PATH ?? ""));
});
