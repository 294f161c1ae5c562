// npm run scp -- FROM TO: copies to or from machine:PATH, by the operator's key and the pinned host key.
import { isOnMachine, pathThere, readArguments } from "./scp/arguments.ts";
import { stackOutputs } from "./shared/engine.ts";
import { operatorOf } from "./shared/operator.ts";
import { command } from "./shared/userError.ts";
import { userPath } from "./shared/userPath.ts";
import { attached, sshOptions } from "./ssh/openSsh.ts";

await command(async () => {
  const { stack, recursive, from, to } = readArguments(process.argv);
  const operator = operatorOf(stack, await stackOutputs(stack));
  const { host, port, user } = operator;
  const options = await sshOptions(operator, process.env.SSH_AUTH_SOCK);
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const place = (path: string) =>
    isOnMachine(path) ? `${user}@${bracketed}:${pathThere(path)}` : userPath(path);
  const more = recursive ? ["-r"] : [];
  const words = ["scp", ...more, ...options, "-P", String(port), "--", ...from.map(place), place(to)];
  process.exitCode = await attached(words, operator);
});
