import { harmless } from "./entry.ts";
import { type History, keptEvents } from "./history.ts";
import type { Selection } from "./selection.ts";
import { timeWithZone } from "./table.ts";

/** What of the time that was asked for is no longer known. */
export function gaps(history: History, { since }: Selection, events: boolean): string[] {
  const { oldest, daemonStarted = 0, eventsProblem } = history;
  const notes: string[] = [];
  if (oldest === undefined) notes.push("note: the front door's log is empty");
  else if (oldest > since) notes.push(`note: the front door's log begins at ${timeWithZone(oldest)}`);
  if (!events) return notes;
  if (eventsProblem !== undefined)
    notes.push(`note: Docker's events can't be read: ${harmless(eventsProblem)}`);
  else if (history.events.length >= keptEvents)
    notes.push(
      `note: Docker's events begin at ${timeWithZone(history.events[0].start)}: it keeps the last ${keptEvents}`,
    );
  else if (daemonStarted > since)
    notes.push(`note: Docker's events begin at ${timeWithZone(daemonStarted)}, when dockerd started`);
  return notes;
}

/** What to say when there is nothing to show. */
export function nothing({ since, until, client, refused }: Selection, now: number): string {
  const what = refused ? "no refusals" : "no lines";
  const of = client === undefined ? "" : ` of ${JSON.stringify(harmless(client))}`;
  return `${what}${of} from ${timeWithZone(since)} to ${timeWithZone(until ?? now)}`;
}

/** What else there is, and what there can't be. */
export function cantBeShown(left: {
  checks: number;
  older: number;
  events: boolean;
  sharedAddress?: string;
}): string[] {
  const { checks, older, events, sharedAddress } = left;
  return [
    ...(older > 0 ? [`${older} older lines are left out by --limit, not from the summary`] : []),
    ...(checks > 0 ? [`${checks} lines of the stack's own checks are left out; --all shows them`] : []),
    ...(sharedAddress === undefined
      ? []
      : [
          `${sharedAddress} is everybody who came by the local machine's computer: its network hides from where`,
        ]),
    `Not logged, and so not shown: the API calls inside a connection${events ? ", and who caused an event of Docker's" : ""}.`,
  ];
}
