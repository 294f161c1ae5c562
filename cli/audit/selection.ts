import { endOf, type Entry } from "./entry.ts";
import type { History } from "./history.ts";
import type { OwnChecks } from "./ownChecks.ts";

export interface Selection {
  /** Milliseconds since 1970. */
  since: number;
  /** Milliseconds since 1970; default: no end. */
  until?: number;
  client?: string;
  refused: boolean;
}

/** Whether an entry is asked for: a connection counts for all the time that it was open. */
export function isSelected(entry: Entry, { since, until = Infinity, client, refused }: Selection): boolean {
  if (endOf(entry) < since || entry.start > until) return false;
  // Nobody's line may hide by being unreadable, and events belong to nobody.
  if (entry.kind === "event" || entry.kind === "unreadable") return true;
  return (
    (client === undefined || entry.client === client || entry.claimed === client) &&
    (!refused || entry.kind === "refused")
  );
}

/**
 * All entries of a history by their start, without the program's own checks.
 *
 * @param goesOn whether more follows, so that the last ones are not judged yet
 */
export function inOrder(history: History, checks: OwnChecks | undefined, goesOn: boolean): Entry[] {
  const byStart = (one: Entry, other: Entry) => one.start - other.start;
  const connections = history.connections.toSorted(byStart);
  const kept = checks ? connections.flatMap((entry) => checks.take(entry)) : connections;
  const last = checks?.release(goesOn ? history.now : undefined) ?? [];
  return [...kept, ...last, ...history.events].sort(byStart);
}
