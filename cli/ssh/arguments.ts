import type { Command } from "commander";
import { commandLine, stackOption } from "../shared/commandLine.ts";

/** What `npm run ssh` was asked for. */
export interface SshArguments {
  stack: string;
  /** None: a shell. */
  words: string[];
}

export function sshLine(): Command {
  return commandLine("ssh", "Opens a shell on the machine as the operator, or runs a command there.", [
    ["", "a shell; sudo is free"],
    ["sudo docker ps", "one command; its exit code is this one's"],
    ["'journalctl -u docker | tail'", "in quotes: a line for the machine's shell"],
  ])
    .argument("[command...]", "the command and its words, joined by spaces as ssh does")
    .addOption(stackOption())
    .passThroughOptions()
    .addHelpText("after", "\nThe exit code is the command's; 255 where ssh itself failed.");
}

export function readArguments(argv: string[]): SshArguments {
  const program = sshLine().parse(argv);
  return { ...program.opts<{ stack: string }>(), words: program.args };
}
