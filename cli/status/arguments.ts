import { type Command, InvalidArgumentError } from "commander";
import { commandLine, stackOption } from "../shared/commandLine.ts";

/** What `npm run status` was asked for. */
export interface StatusArguments {
  stack: string;
  /** Seconds between two looks; missing: one look. */
  watch?: number;
  json: boolean;
}

export function statusLine(): Command {
  return commandLine("status", "What the machine is doing: load, disk, containers, who is connected.", [
    ["", "one look"],
    ["--watch", "again and again, until Ctrl-C"],
    ["--json", "for a program; with --watch an object for each line"],
  ])
    .addOption(stackOption())
    .option("-w, --watch [seconds]", "look again after so many seconds (default: 2)", seconds)
    .option("--json", "a JSON object", false)
    .addHelpText("after", "\nThe exit code is 1 where the machine, or dockerd on it, doesn't answer.");
}

export function readArguments(argv: string[]): StatusArguments {
  const { watch, ...others } = statusLine()
    .parse(argv)
    .opts<Omit<StatusArguments, "watch"> & { watch?: number | true }>();
  return { ...others, watch: watch === true ? 2 : watch };
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError("Write a number of seconds like 5.");
  return Number(text);
}
