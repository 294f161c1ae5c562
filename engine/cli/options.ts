import type { Command } from "commander";
import { Option } from "commander";

/** Options of every command that runs over the stack. */
export function operationOptions(command: Command): Command {
  return stackOption(command)
    .option("-y, --yes", "don't ask", false)
    .option("-f, --skip-preview", "don't show a preview first", false)
    .option("--expect-no-changes", "fail if anything would change or changes", false)
    .addOption(new Option("-j, --json", "machine-readable output").default(false));
}

export function stackOption(command: Command): Command {
  return command.option("-s, --stack <name>", "stack to use; default: PULUMI_STACK, or the selected one");
}
