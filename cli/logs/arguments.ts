import { Argument, type Command, InvalidArgumentError } from "commander";
import { type Moment, moment } from "../audit/time.ts";
import { commandLine, stackOption } from "../shared/commandLine.ts";
import { UserError } from "../shared/userError.ts";

/** What keeps a log on the machine. */
export const sources = ["dockerd", "front-door", "first-boot"] as const;
export type Source = (typeof sources)[number];

/** What `npm run logs` was asked for. */
export interface LogsArguments {
  source: Source;
  stack: string;
  since?: Moment;
  /** The newest lines; missing: all. */
  lines?: number;
  follow: boolean;
  json: boolean;
}

export function logsLine(): Command {
  return commandLine("logs", "Shows a log of the machine's.", [
    ["", "dockerd's newest lines"],
    ["front-door --follow", "the front door's, and what comes, until Ctrl-C"],
    ["dockerd --since 1h", "all of the last hour"],
    ["first-boot", "what the machine did when it was made"],
  ])
    .addArgument(new Argument("[source]", "whose").choices(sources).default("dockerd"))
    .addOption(stackOption())
    .option("-f, --follow", "go on with what comes; Ctrl-C ends it", false)
    .option("--since <time>", "from then on: 2026-11-21T10:00:00Z, or how long ago: 90s, 30m, 2h, 3d, 1w")
    .option("-n, --lines <number>", "the newest lines (default: 100, with --since all)", lines)
    .option("--json", "a JSON object for each line, as journald has it", false)
    .addHelpText(
      "after",
      "\nWho was connected when: npm run audit. Private keys and passwords in URLs are left out.",
    );
}

/** @throws UserError when options don't go together, or a time is none */
export function readArguments(argv: string[]): LogsArguments {
  const program = logsLine().parse(argv);
  const { since, ...options } = program.opts<Omit<LogsArguments, "since" | "source"> & { since?: string }>();
  const [source] = program.processedArgs as [Source];
  if (source === "first-boot" && (since !== undefined || options.json))
    throw new UserError(
      "the log of the first boot is plain text without times: leave out --since and --json",
    );
  return {
    ...options,
    source,
    since: since === undefined ? undefined : moment("--since", since),
    lines: options.lines ?? (since === undefined ? 100 : undefined),
  };
}

function lines(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write a number of lines like 100.");
  return Number(text);
}
