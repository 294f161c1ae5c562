// npm run audit [-- OPTIONS]: who was connected when, from where, for how long, what was refused and why.
import { type Entry, jsonLine } from "./audit/entry.ts";
import { follow } from "./audit/follow.ts";
import { type History, readHistory } from "./audit/history.ts";
import { cantBeShown, gaps, nothing } from "./audit/notes.ts";
import { type AuditOptions, auditOptions } from "./audit/options.ts";
import { OwnChecks } from "./audit/ownChecks.ts";
import { inOrder, isSelected, type Selection } from "./audit/selection.ts";
import { summary, Table, timeWithZone } from "./audit/table.ts";
import { resolve } from "./audit/time.ts";
import { stackOutputs } from "./shared/engine.ts";
import { operatorOf } from "./shared/operator.ts";
import { Machine } from "./shared/ssh.ts";
import { command, UserError } from "./shared/userError.ts";

// `npm run audit | head`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

await command(async () => {
  const options = auditOptions(process.argv);
  const operator = operatorOf(options.stack, await stackOutputs(options.stack));
  const machine = await Machine.connect(operator);
  try {
    const history = await readHistory(machine, options.since, options.events);
    await show(machine, history, { ...options, sharedAddress: operator.sharedAddress });
  } finally {
    machine.close();
  }
});

async function show(
  machine: Machine,
  history: History,
  options: AuditOptions & { sharedAddress?: string },
): Promise<void> {
  const { json, limit, events, sharedAddress } = options;
  const selection: Selection = {
    ...options,
    since: resolve(options.since, history.now),
    until: options.until && resolve(options.until, history.now),
  };
  if (selection.since > history.now)
    throw new UserError(`--since is later than the machine's clock, which says ${timeWithZone(history.now)}`);
  const checks = options.all ? undefined : new OwnChecks();
  const wanted = (entry: Entry) => isSelected(entry, selection);
  const entries = inOrder(history, checks, options.follow).filter(wanted);
  const newest = limit === undefined ? entries : entries.slice(-limit);
  const table = new Table();
  const line = json ? jsonLine : (entry: Entry) => table.line(entry);

  const interrupted = new AbortController();
  // Before anything is shown: who has seen enough may end it at once.
  if (options.follow)
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  if (json) print(newest.map(jsonLine));
  else if (newest.length > 0 || options.follow) print(table.lines(newest));
  note(gaps(history, selection, events));
  if (options.follow) {
    if (interrupted.signal.aborted) return;
    const following = {
      events,
      checks,
      show: (entry: Entry) => wanted(entry) && print([line(entry)]),
      note: (text: string) => note([text]),
    };
    return follow(machine, history, following, interrupted.signal);
  }
  if (!json && entries.length > 0) print(["", ...summary(entries)]);
  if (entries.length === 0) note([nothing(selection, history.now)]);
  const left = { checks: checks?.leftOut.filter(wanted).length ?? 0, older: entries.length - newest.length };
  if (!json) note(cantBeShown({ ...left, events, sharedAddress }));
}

function print(lines: string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

function note(lines: string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
}
