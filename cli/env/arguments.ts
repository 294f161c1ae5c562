import { type Command, Option } from "commander";
import { clientOf, commandLine, stackOption } from "../shared/commandLine.ts";
import type { Shell } from "../shared/shell.ts";

/** What `npm run env` was asked for. */
export interface EnvArguments {
  /** Default: the stack's first. */
  client?: string;
  stack: string;
  /** `json`: an object instead of a shell's lines. */
  form: Shell | "json";
}

export function envLine(): Command {
  return commandLine("env", "Prints what a shell needs to use the daemon.", [
    ["", 'eval "$(npm run -s env)"'],
    ["ci", 'eval "$(npm run -s env -- ci)"'],
    ["--fish", "npm run -s env -- --fish | source"],
    ["--powershell", "npm run -s env -- --powershell | Out-String | Invoke-Expression"],
  ])
    .argument("[client]", "as whom (default: the stack's first client)")
    .option("--client <name>", "the same")
    .addOption(stackOption())
    .addOption(new Option("--fish", "for fish").conflicts(["powershell", "json"]))
    .addOption(new Option("--powershell", "for PowerShell").conflicts("json"))
    .option("--json", "a JSON object with the variables");
}

/** @throws UserError when two clients are named */
export function readArguments(argv: string[]): EnvArguments {
  const program = envLine().parse(argv);
  const { stack, fish, powershell, json } = program.opts<
    Record<"fish" | "powershell" | "json", true | undefined> & { stack: string }
  >();
  const form = fish ? "fish" : powershell ? "powershell" : json ? "json" : "sh";
  return { client: clientOf(program), stack, form };
}
