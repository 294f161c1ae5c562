import type { Command } from "commander";
import { commandLine, stackOrShellOption } from "../shared/commandLine.ts";

/** What `npm run doctor` was asked for. */
export interface DoctorArguments {
  /** Default: the one of the shell's environment, else the stack's first. */
  client?: string;
  /** Default: the daemon of the shell's environment, else the stack dev. */
  stack?: string;
  json: boolean;
}

export function doctorLine(): Command {
  return commandLine(
    "doctor",
    "Looks for what is wrong between this shell and the daemon, as a user and as an attacker would.",
    [
      ["", "the daemon of this shell, else of the stack dev"],
      ["--client ci --json", "as another client, for a program"],
    ],
  )
    .option("--client <name>", "as which client (default: DOCKER_CERT_PATH's, else the stack's first)")
    .addOption(stackOrShellOption())
    .option("--json", "one JSON object: faults, warnings, findings", false)
    .addHelpText("after", "\nThe exit code is 1 where there is a fault.");
}
