import { describeEvent } from "./dockerEvents.ts";
import { endOf, type Entry, harmless } from "./entry.ts";
import { Columns, formatDuration, formatSize } from "./format.ts";
import { localTime, zone } from "./time.ts";

const titles = ["STARTED", "WHAT", "CLIENT", "FROM", "FOR", "SENT", "RECEIVED", ""];

/** Entries as lines for people. */
export class Table {
  private readonly columns = new Columns([25, 10, 8, 9, 6, 8, 8, 0], [4, 5, 6]);

  /** All that is known by now, with the columns' titles. */
  lines(entries: Entry[]): string[] {
    const rows = [titles, ...entries.map(row)];
    this.columns.fit(rows);
    return rows.map((one) => this.columns.line(one));
  }

  /** One more, in the same columns. */
  line(entry: Entry): string {
    return this.columns.line(row(entry));
  }
}

function row(entry: Entry): string[] {
  const { kind, by, published, address, duration, sent, received, open, ended, reason, note, detail } = entry;
  const how = {
    connection: [published && `port ${published}`, by && "by SSH", ended].filter(Boolean).join(", "),
    refused: note === undefined ? reason : `${reason}; ${note}`,
    trial: "whether the certificate is admitted, no more",
    ssh: ended,
    local: ended,
    event: describeEvent(entry),
    unreadable: `a line of the log that can't be read: ${detail?.slice(0, 200)}`,
  };
  return [
    timeWithZone(entry.start),
    open ? `${kind === "connection" ? "" : `${kind}, `}open` : kind === "connection" ? "connected" : kind,
    shownClient(entry) ?? "",
    kind === "local" ? "machine" : (address ?? ""),
    duration === undefined || kind === "refused" ? "" : formatDuration(duration),
    sent === undefined || kind === "refused" ? "" : formatSize(sent),
    received === undefined || kind === "refused" ? "" : formatSize(received),
    how[kind] ?? "",
  ].map(harmless);
}

/** What each client did, a line each; nothing when nobody was there. */
export function summary(entries: Entry[]): string[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const name = nameOf(entry);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(entry);
    else groups.set(name, [entry]);
  }
  if (groups.size === 0) return [];
  const rows = [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, group]) => {
      const admitted = group.filter(({ kind }) => kind !== "refused");
      const sum = (field: "sent" | "received") =>
        formatSize(admitted.reduce((bytes, entry) => bytes + (entry[field] ?? 0), 0));
      const last = group.reduce((time, entry) => Math.max(time, endOf(entry)), 0);
      const counts = [
        admitted,
        admitted.filter(({ open }) => open),
        group.filter(({ kind }) => kind === "refused"),
      ];
      return [
        name,
        ...counts.map(({ length }) => String(length)),
        sum("sent"),
        sum("received"),
        timeWithZone(last),
      ];
    });
  const columns = new Columns([0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5]);
  const all = [["CLIENT", "CONNECTIONS", "OPEN", "REFUSED", "SENT", "RECEIVED", "LAST SEEN"], ...rows].map(
    (one) => one.map(harmless),
  );
  columns.fit(all);
  return all.map((one) => columns.line(one));
}

/** With a question mark where nothing but the certificate says so. */
function shownClient({ client, claimed }: Entry): string | undefined {
  return client ?? (claimed && `${claimed}?`);
}

function nameOf(entry: Entry): string | undefined {
  const { kind } = entry;
  if (kind === "event" || kind === "unreadable") return undefined;
  if (kind === "ssh" || kind === "local") return `(${kind})`;
  return shownClient(entry) ?? "(unknown)";
}

/** e.g. `2026-11-21 11:04:05+01:00` */
export function timeWithZone(time: number): string {
  return localTime(time) + zone(time);
}
