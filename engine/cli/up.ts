import { Command } from "commander";

import { UserError } from "../errors.ts";
import { takeLock } from "../state/lock.ts";
import { operationOptions } from "./options.ts";
import type { OperationOptions, Result } from "./pass.ts";
import { pass } from "./pass.ts";
import { programPass } from "./programPass.ts";
import { confirm } from "./prompt.ts";
import { Keys, openStack } from "./session.ts";

export function upCommand(): Command {
  return operationOptions(new Command("up").alias("update"))
    .description("Create or update the resources of a stack")
    .action((_options: object, command: Command) => up(command.optsWithGlobals<OperationOptions>()));
}

async function up(options: OperationOptions): Promise<void> {
  const session = openStack(options.stack);
  const keys = new Keys();
  const lock = await takeLock(session.backend, session.stack);
  try {
    if (!options.skipPreview) {
      const { progress } = await pass(session, keys, "Previewing update", { ...options, dryRun: true }, programPass);
      if (!options.yes) {
        if (progress.changes() === 0) return;
        await confirm("Do you want to perform this update?", options.nonInteractive ?? false);
      }
    }
    const result = await pass(session, keys, "Updating", { ...options, dryRun: false }, programPass);
    refuseChanges(result, options);
  } finally {
    lock.release();
  }
}

export function refuseChanges({ progress }: Result, options: OperationOptions): void {
  if (options.expectNoChanges && progress.changes() > 0) {
    throw new UserError(`no changes were expected but ${progress.changes()} occurred`);
  }
}
