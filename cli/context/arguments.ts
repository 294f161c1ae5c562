import { type Command, Option } from "commander";
import { clientOf, commandLine, stackOption } from "../shared/commandLine.ts";

/** What `npm run context` was asked for. */
export interface ContextArguments {
  /** Default: the stack's first. */
  client?: string;
  stack: string;
  use: boolean;
  remove: boolean;
  /** Bring up to date what the stack has made, and make nothing. */
  refresh: boolean;
  json: boolean;
}

export function contextLine(): Command {
  return commandLine("context", "Makes a docker context for a client, or brings it up to date.", [
    ["", "of the stack's first client: docker --context remote-dev-… version"],
    ["ci --use", "of another one, which docker takes by itself from now on"],
    ["ci --remove", "remove it"],
  ])
    .argument("[client]", "whose (default: the stack's first client)")
    .option("--client <name>", "the same")
    .addOption(stackOption())
    .option("--use", "make it the one that docker takes by itself", false)
    .addOption(new Option("--remove", "remove it").default(false).conflicts("use"))
    .option("--json", "a JSON object: context, state", false)
    .addOption(new Option("--refresh").default(false).conflicts(["use", "remove"]).hideHelp())
    .addHelpText("after", "\nnpm run up brings the contexts that were made so up to date after a renewal.");
}

/** @throws UserError when two clients are named */
export function readArguments(argv: string[]): ContextArguments {
  const program = contextLine().parse(argv);
  return { ...program.opts<ContextArguments>(), client: clientOf(program) };
}
