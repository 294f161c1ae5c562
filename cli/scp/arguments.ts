import type { Command } from "commander";
import { commandLine, stackOption } from "../shared/commandLine.ts";
import { UserError } from "../shared/userError.ts";

/** What `npm run scp` was asked for. */
export interface ScpArguments {
  stack: string;
  recursive: boolean;
  /** As they were given. */
  from: string[];
  to: string;
}

export function scpLine(): Command {
  return commandLine("scp", "Copies files to or from the machine as the operator.", [
    ["notes.txt machine:/tmp/", "to the machine"],
    ["machine:/var/log/cloud-init-output.log .", "from the machine"],
    ["-r folder machine:", "a folder, into the operator's home"],
  ])
    .argument("<paths...>", "what is copied, and last where to; one side is machine:PATH")
    .option("-r, --recursive", "folders with all that is in them", false)
    .addOption(stackOption())
    .addHelpText(
      "after",
      "\nThe operator is the user provision, who may read and write what isn't root's.\nFor root's: npm run -s ssh -- sudo cat /path > file",
    );
}

/** @throws UserError when not exactly one side is the machine's */
export function readArguments(argv: string[]): ScpArguments {
  const program = scpLine().parse(argv);
  const from = program.args.slice(0, -1);
  const to = program.args.at(-1)!;
  if (from.length === 0)
    throw new UserError("say what to copy, and where to: npm run scp -- FILE machine:/tmp/");
  const theirs = from.filter(isOnMachine).length;
  if (isOnMachine(to) ? theirs > 0 : theirs < from.length)
    throw new UserError(
      "one side is the machine's, and written like machine:/tmp/file; the other one is of this computer",
    );
  return { ...program.opts<{ stack: string; recursive: boolean }>(), from, to };
}

const prefix = "machine:";

export function isOnMachine(path: string): boolean {
  return path.startsWith(prefix);
}

/** The machine's own path; without one its user's home. */
export function pathThere(path: string): string {
  return path.slice(prefix.length) || ".";
}
