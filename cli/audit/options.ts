import { type Command, InvalidArgumentError } from "commander";
import { commandLine, stackOption } from "../shared/commandLine.ts";
import { UserError } from "../shared/userError.ts";
import { type Moment, moment } from "./time.ts";

export interface AuditOptions {
  stack: string;
  since: Moment;
  /** Default: now. */
  until?: Moment;
  client?: string;
  /** Only what was refused. */
  refused: boolean;
  /** Docker's events as well. */
  events: boolean;
  /** The program's own checks as well. */
  all: boolean;
  /** So many of the newest lines; default: all. */
  limit?: number;
  json: boolean;
  follow: boolean;
}

const limits = `
A TIME is like 2026-11-21T10:00:00Z, or how long ago: 90s, 30m, 2h, 3d, 1w.

What it can't show: the API calls inside a connection, as nothing logs them; who caused one of Docker's events, as
Docker doesn't say; events before the last 256 or before dockerd's start; connections that the machine's journal has
dropped by now. A connection is logged when it ends: until then it is shown as open, and --follow shows it at its end.`;

export function auditLine(): Command {
  return commandLine("audit", "Who was connected when, from where, for how long, what was refused and why.", [
    ["", "the last day"],
    ["--client bob --since 1w", "one client's last week"],
    ["--refused --follow", "what is refused, as it comes, until Ctrl-C"],
  ])
    .option("--since <time>", "what was connected then or later", "24h")
    .option("--until <time>", "what was connected then or before (default: now)")
    .option("--client <name>", "one client, also one that was removed")
    .option("--refused", "only what was refused", false)
    .option("--events", "Docker's events too; so by default, unless --client or --refused is given")
    .option("--no-events", "without Docker's events")
    .option("--all", "the stack's own checks too: client health, and the refusals that it provokes", false)
    .option("--limit <number>", "the newest lines, so many", count)
    .option("-f, --follow", "go on with what comes; Ctrl-C ends it", false)
    .option("--json", "a JSON object for each line", false)
    .addOption(stackOption())
    .addHelpText("after", limits);
}

/**
 * Reads the command line; ends the process after `--help`, and with a message where an option is none.
 *
 * @throws UserError when options don't go together, or a time is none
 */
export function auditOptions(argv: string[]): AuditOptions {
  const values = auditLine()
    .parse(argv)
    .opts<Omit<AuditOptions, "since" | "until"> & { since: string; until?: string }>();
  const since = moment("--since", values.since);
  const until = values.until === undefined ? undefined : moment("--until", values.until);
  if (until && values.follow) throw new UserError("--follow goes on and on: leave out --until");
  if (until && isBefore(until, since)) throw new UserError("--until is before --since: nothing can be shown");
  return {
    ...values,
    since,
    until,
    events: values.events ?? !(values.refused || values.client !== undefined),
    all: values.all || values.client === "health",
  };
}

/** As far as it can be told without the machine's clock. */
function isBefore(one: Moment, other: Moment): boolean {
  if ("at" in one && "at" in other) return one.at < other.at;
  return "ago" in one && "ago" in other && one.ago > other.ago;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write a number of lines like 100.");
  return Number(text);
}
