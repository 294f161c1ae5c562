import { Command } from "commander";

import { breakLocks } from "../state/lock.ts";
import { stackOption } from "./options.ts";
import { confirm } from "./prompt.ts";
import { openStack } from "./session.ts";

export function cancelCommand(): Command {
  return stackOption(new Command("cancel").argument("[stack]"))
    .description("Break the stack's lock, when the run that took it has died")
    .option("-y, --yes", "don't ask", false)
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<{ stack?: string; yes: boolean; nonInteractive?: boolean }>();
      const { backend, stack } = openStack(name ?? options.stack);
      if (!options.yes) {
        await confirm(
          `This will break the lock of '${stack}', also while another run uses it!`,
          options.nonInteractive ?? false,
        );
      }
      const locks = await breakLocks(backend, stack);
      process.stdout.write(
        `The currently running update for '${stack}' has been canceled (${locks} lock(s))!\n`,
      );
    });
}
