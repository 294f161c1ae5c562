import { Command } from "commander";

import { operationOptions } from "./options.ts";
import type { OperationOptions } from "./pass.ts";
import { pass, print } from "./pass.ts";
import { programPass } from "./programPass.ts";
import { Keys, openStack } from "./session.ts";
import { refuseChanges } from "./up.ts";

export function previewCommand(): Command {
  return operationOptions(new Command("preview").alias("pre"))
    .description("Show what an update of a stack would do")
    .action((_options: object, command: Command) => preview(command.optsWithGlobals<OperationOptions>()));
}

async function preview(options: OperationOptions): Promise<void> {
  const session = openStack(options.stack);
  const result = await pass(
    session,
    new Keys(),
    "Previewing update",
    { ...options, dryRun: true },
    programPass,
  );
  if (options.json) print(result);
  refuseChanges(result, options, "preview");
}
