// npm run -s env [-- CLIENT] [--stack NAME] [--fish | --powershell]: prints what a shell needs to use the daemon.
//   eval "$(npm run -s env)"
//   npm run -s env -- --fish | source
//   npm run -s env -- --powershell | Out-String | Invoke-Expression
import { readArguments } from "./env/arguments.ts";
import { bundleFolder, clientEnvironment } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { exportLines, pathLine } from "./shared/shell.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const { client, stack, form } = readArguments(process.argv);
  const environment = clientEnvironment(stack, await stackOutputs(stack), client);
  const variables = { ...environment, DOCKER_CERT_PATH: bundleFolder(stack, environment) };
  if (form === "json") return void process.stdout.write(`${JSON.stringify(variables)}\n`);
  process.stdout.write(exportLines(variables, form));
  const folder = process.env.REMOTE_DOCKER_CLIENT_FOLDER;
  if (folder) process.stdout.write(pathLine(folder, process.env.PATH ?? "", form));
});
