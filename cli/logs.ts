// npm run logs [-- dockerd | front-door | first-boot]: a log of the machine's.
import { readArguments } from "./logs/arguments.ts";
import { logScript, noFirstBoot } from "./logs/script.ts";
import { Secrets } from "./logs/secrets.ts";
import { stackOutputs } from "./shared/engine.ts";
import { operatorOf } from "./shared/operator.ts";
import { Machine } from "./shared/ssh.ts";
import { command, UserError } from "./shared/userError.ts";

// `npm run logs | head`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

await command(async () => {
  const wanted = readArguments(process.argv);
  const machine = await Machine.connect(operatorOf(wanted.stack, await stackOutputs(wanted.stack)));
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      interrupted = true;
      machine.close();
    });
  try {
    const { lines, end } = await machine.start(logScript(wanted));
    const secrets = new Secrets();
    for await (const line of lines) {
      const shown = secrets.without(line);
      if (shown !== undefined) process.stdout.write(`${shown}\n`);
    }
    const { code, stderr } = await end;
    if (interrupted) return;
    if (code === noFirstBoot)
      throw new UserError("there is no log of a first boot: this host was there before the stack");
    if (code === undefined || wanted.follow) throw new UserError("the connection to the machine was lost");
    if (code !== 0) throw new UserError(`the log can't be read: ${stderr.trim() || code}`);
  } finally {
    machine.close();
  }
});
