import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

/** Options of every command that runs over the stack. */
export function operationOptions(command: Command): Command {
  return stackOption(command)
    .option("-y, --yes", "don't ask", false)
    .option("-f, --skip-preview", "don't show a preview first", false)
    .option("-p, --parallel <n>", "how many resources at once (1: one after the other)", wholeNumber)
    .option("--diff", "show each changed property", false)
    .option("--expect-no-changes", "fail if anything would change or changes", false)
    .addOption(new Option("-j, --json", "machine-readable output").default(false));
}

export function stackOption(command: Command): Command {
  return command.option("-s, --stack <name>", "stack to use; default: PULUMI_STACK, or the selected one");
}

export function wholeNumber(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 1) throw new InvalidArgumentError("write a whole number from 1 on");
  return n;
}
