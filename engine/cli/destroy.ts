import { Command } from "commander";

import { deleteAll } from "../steps/deletions.ts";
import { locked } from "./lock.ts";
import { operationOptions } from "./options.ts";
import type { OperationOptions, Pass } from "./pass.ts";
import { openRun, pass, print } from "./pass.ts";
import { confirm } from "./prompt.ts";
import { Keys, openStack } from "./session.ts";

export function destroyCommand(): Command {
  return operationOptions(new Command("destroy").alias("down"))
    .description("Delete all resources of a stack; the program isn't run")
    .action((_options: object, command: Command) => destroy(command.optsWithGlobals<OperationOptions>()));
}

async function destroy(options: OperationOptions): Promise<void> {
  const session = openStack(options.stack);
  const keys = new Keys();
  await locked(session, async () => {
    if (!options.skipPreview) {
      const { progress } = await pass(
        session,
        keys,
        "Previewing destroy",
        { ...options, dryRun: true },
        destroyPass,
      );
      if (progress.changes() > 0 && !options.yes) {
        await confirm("Do you want to perform this destroy?", options.nonInteractive ?? false);
      }
    }
    const result = await pass(session, keys, "Destroying", { ...options, dryRun: false }, destroyPass);
    if (options.json) return print(result);
    process.stdout.write(
      "The resources in the stack have been deleted, but the history and configuration associated with the stack are still " +
        `maintained.\nIf you want to remove the stack completely, run \`stack rm ${session.stack}\`.\n`,
    );
  });
}

async function destroyPass(given: Pass): Promise<void> {
  const run = await openRun(given);
  await deleteAll(run, run.snapshot.resources());
}
