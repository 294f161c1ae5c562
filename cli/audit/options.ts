import { parseArgs } from "node:util";
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

export const help = `npm run audit [-- OPTIONS]: who was connected when, from where, for how long, what was refused and why.

  --since TIME    what was connected then or later (default 24h)
  --until TIME    what was connected then or before (default: now)
  --client NAME   one client, also one that was removed
  --refused       only what was refused
  --events        Docker's events too; so by default, unless --client or --refused is given
  --no-events     without Docker's events
  --all           the stack's own checks too: client health, and the refusals that it provokes
  --limit N       the newest N lines
  -f, --follow    go on with what comes; Ctrl-C ends it
  --json          a JSON object for each line
  -s, --stack NAME

A TIME is like 2026-11-21T10:00:00Z, or how long ago: 90s, 30m, 2h, 3d, 1w.

What it can't show: the API calls inside a connection, as nothing logs them; who caused one of Docker's events, as
Docker doesn't say; events before the last 256 or before dockerd's start; connections that the machine's journal has
dropped by now. A connection is logged when it ends: until then it is shown as open, and --follow shows it at its end.
`;

/**
 * The command's options; undefined when help is asked for.
 *
 * @throws UserError
 */
export function auditOptions(
  args: string[],
  environment: Record<string, string | undefined> = process.env,
): AuditOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const since = moment("--since", values.since);
  const until = values.until === undefined ? undefined : moment("--until", values.until);
  if (until && values.follow) throw new UserError("--follow goes on and on: leave out --until");
  if (until && isBefore(until, since)) throw new UserError("--until is before --since: nothing can be shown");
  return {
    stack: values.stack ?? (environment.PULUMI_STACK || "dev"),
    since,
    until,
    client: values.client,
    refused: values.refused,
    events: values.events ?? !(values.refused || values.client !== undefined),
    all: values.all || values.client === "health",
    limit: values.limit === undefined ? undefined : count(values.limit),
    json: values.json,
    follow: values.follow,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowNegative: true,
      options: {
        since: { type: "string", default: "24h" },
        until: { type: "string" },
        client: { type: "string" },
        refused: { type: "boolean", default: false },
        events: { type: "boolean" },
        all: { type: "boolean", default: false },
        limit: { type: "string" },
        json: { type: "boolean", default: false },
        follow: { type: "boolean", short: "f", default: false },
        stack: { type: "string", short: "s" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (!code?.startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UserError(`${message.split(". ")[0]}; npm run audit -- --help shows what there is`);
  }
}

/** As far as it can be told without the machine's clock. */
function isBefore(one: Moment, other: Moment): boolean {
  if ("at" in one && "at" in other) return one.at < other.at;
  return "ago" in one && "ago" in other && one.ago > other.ago;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UserError(`--limit ${JSON.stringify(text)} is no number of lines; write one like 100`);
  return Number(text);
}
