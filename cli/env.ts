// npm run -s env [-- CLIENT] [--stack NAME] [--fish | --powershell]: prints what a shell needs to use the daemon.
//   eval "$(npm run -s env)"
//   npm run -s env -- --fish | source
//   npm run -s env -- --powershell | Out-String | Invoke-Expression
import { parseArgs } from "node:util";
import { bundleFolder, clientEnvironment } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { exportLines, pathLine } from "./shared/shell.ts";
import { command, UserError } from "./shared/userError.ts";

await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string", short: "s", default: process.env.PULUMI_STACK || "dev" },
      fish: { type: "boolean", default: false },
      powershell: { type: "boolean", default: false },
    },
  });
  if (values.fish && values.powershell) throw new UserError("--fish or --powershell: a shell is one of them");
  const shell = values.fish ? "fish" : values.powershell ? "powershell" : "sh";
  const [client, ...others] = positionals;
  if (others.length > 0) {
    throw new UserError(
      `a shell is one client at a time: leave out ${others.join(", ")}; npm run -s env -- ${client}`,
    );
  }
  const outputs = await stackOutputs(values.stack);
  const environment = clientEnvironment(values.stack, outputs, client);
  const place = bundleFolder(values.stack, environment);
  process.stdout.write(exportLines({ ...environment, DOCKER_CERT_PATH: place }, shell));
  const folder = process.env.REMOTE_DOCKER_CLIENT_FOLDER;
  if (folder) process.stdout.write(pathLine(folder, process.env.PATH ?? "", shell));
});
