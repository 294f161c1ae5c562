import { Command } from "commander";

import { UserError } from "../errors.ts";
import { locked } from "./lock.ts";
import { operationOptions } from "./options.ts";
import type { OperationOptions, Result } from "./pass.ts";
import { pass, print } from "./pass.ts";
import { programPass } from "./programPass.ts";
import { confirm } from "./prompt.ts";
import type { StackSession } from "./session.ts";
import { Keys, openStack, readState } from "./session.ts";

export function upCommand(): Command {
  return operationOptions(new Command("up").alias("update"))
    .description("Create or update the resources of a stack")
    .action((_options: object, command: Command) => up(command.optsWithGlobals<OperationOptions>()));
}

async function up(options: OperationOptions): Promise<void> {
  const session = openStack(options.stack);
  const keys = new Keys();
  await locked(session, async () => {
    if (options.skipPreview) await refuseEarly(session, keys, options);
    else {
      const { progress } = await pass(
        session,
        keys,
        "Previewing update",
        { ...options, dryRun: true },
        programPass,
      );
      if (!options.yes) {
        if (progress.changes() === 0) return;
        await confirm("Do you want to perform this update?", options.nonInteractive ?? false);
      }
    }
    const result = await pass(session, keys, "Updating", { ...options, dryRun: false }, programPass);
    if (options.json) print(result);
    refuseChanges(result, options, "update");
  });
}

/** What can't be done is refused before anything is created, also when nobody wants to see a preview. */
async function refuseEarly(session: StackSession, keys: Keys, options: OperationOptions): Promise<void> {
  const { checkpoint } = await readState(session);
  if ((checkpoint.latest?.resources ?? []).length > 0) return;
  await pass(session, keys, "Checking", { ...options, dryRun: true, quiet: true }, programPass);
}

/** The official CLI's exit code for changes that weren't expected. */
const UNEXPECTED_CHANGES = 7;

export function refuseChanges({ progress }: Result, options: OperationOptions, operation: string): void {
  if (!options.expectNoChanges || progress.changes() === 0) return;
  throw new UserError(
    `no changes were expected for ${operation} but changes were proposed`,
    UNEXPECTED_CHANGES,
  );
}
