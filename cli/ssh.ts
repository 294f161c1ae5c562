// npm run ssh [-- COMMAND]: the machine's shell, by the operator's key and the pinned host key.
import { stackOutputs } from "./shared/engine.ts";
import { operatorOf } from "./shared/operator.ts";
import { command } from "./shared/userError.ts";
import { readArguments } from "./ssh/arguments.ts";
import { attached, sshOptions } from "./ssh/openSsh.ts";

await command(async () => {
  const { stack, words } = readArguments(process.argv);
  const operator = operatorOf(stack, await stackOutputs(stack));
  const { host, port, user } = operator;
  const options = await sshOptions(operator, process.env.SSH_AUTH_SOCK);
  // Without a command ssh takes a terminal by itself.
  const terminal = words.length > 0 && process.stdin.isTTY && process.stdout.isTTY ? ["-t"] : [];
  const target = ["-p", String(port), "-l", user, "--", host, ...words];
  process.exitCode = await attached(["ssh", ...terminal, ...options, ...target], operator);
});
