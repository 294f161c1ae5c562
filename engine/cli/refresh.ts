import { Command } from "commander";

import { refreshAll } from "../steps/refresh.ts";
import { locked } from "./lock.ts";
import { operationOptions } from "./options.ts";
import type { OperationOptions, Pass } from "./pass.ts";
import { openRun, pass, print } from "./pass.ts";
import { confirm } from "./prompt.ts";
import { Keys, openStack } from "./session.ts";
import { refuseChanges } from "./up.ts";

type RefreshOptions = OperationOptions & { clearPendingCreates: boolean };

export function refreshCommand(): Command {
  return operationOptions(new Command("refresh"))
    .description("Bring the state up to date with what there is")
    .option("--clear-pending-creates", "forget creates that an interrupted run left", false)
    .action((_options: object, command: Command) => refresh(command.optsWithGlobals<RefreshOptions>()));
}

async function refresh(options: RefreshOptions): Promise<void> {
  const session = openStack(options.stack);
  const keys = new Keys();
  const work = async (given: Pass): Promise<void> => {
    const run = await openRun(given);
    if (options.clearPendingCreates) run.snapshot.forgetPendingCreates();
    await refreshAll(run);
  };
  await locked(session, async () => {
    if (!options.yes && !options.skipPreview) {
      await pass(session, keys, "Previewing refresh", { ...options, dryRun: true }, work);
      await confirm("Do you want to perform this refresh?", options.nonInteractive ?? false);
    }
    const result = await pass(session, keys, "Refreshing", { ...options, dryRun: false }, work);
    if (options.json) print(result);
    refuseChanges(result, options, "refresh");
  });
}
