import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "../shared/ssh.ts";
import { untilHungUp } from "../shared/untilHungUp.ts";
import { UserError } from "../shared/userError.ts";
import { parseEvent } from "./dockerEvents.ts";
import type { Entry } from "./entry.ts";
import { parseFrontDoor, parseJournal } from "./frontDoorLog.ts";
import { dockerEventsCommand, type History, journalCommand } from "./history.ts";
import type { OwnChecks } from "./ownChecks.ts";

export interface Following {
  events: boolean;
  /** Default: the program's own checks are shown as well. */
  checks?: OwnChecks;
  show: (entry: Entry) => void;
  note: (text: string) => void;
}

/**
 * Shows what comes after a history, until the signal is aborted.
 *
 * @throws UserError when the connection to the machine is lost
 */
export async function follow(
  machine: Machine,
  history: History,
  following: Following,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  signal.addEventListener("abort", () => (stop.abort(), machine.close()), { once: true });
  const streams = [followLog(machine, history, following, stop.signal)];
  if (following.events) streams.push(followEvents(machine, history.now, following, stop.signal));
  try {
    await Promise.race(streams);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
  }
  if (!signal.aborted) throw new UserError("the connection to the machine was lost");
}

async function followLog(
  machine: Machine,
  { now, cursor }: History,
  { checks, show }: Following,
  signal: AbortSignal,
): Promise<void> {
  const from = cursor !== undefined && /^[\w=;]+$/.test(cursor) ? `--after-cursor='${cursor}'` : since(now);
  const { lines } = await machine.start(untilHungUp(`${journalCommand} --follow --no-tail ${from}`));
  const began = Date.now();
  const late = setInterval(() => checks?.release(now + Date.now() - began).forEach(show), 5000);
  signal.addEventListener("abort", () => clearInterval(late));
  for await (const line of lines) {
    const entry = parseJournal(line);
    const connection = entry && parseFrontDoor(entry);
    if (connection) (checks?.take(connection) ?? [connection]).forEach(show);
  }
}

/** dockerd's end is the end of its events: then from the beginning again. */
async function followEvents(
  machine: Machine,
  now: number,
  { show, note }: Following,
  signal: AbortSignal,
): Promise<void> {
  for (let from = now + 1; !signal.aborted;) {
    const command = `${dockerEventsCommand} --since ${(from / 1000).toFixed(3)}`;
    const { lines } = await machine.start(untilHungUp(command));
    for await (const line of lines) {
      const event = parseEvent(line);
      if (!event) continue;
      from = event.start + 1;
      show(event);
    }
    if (signal.aborted) return;
    note("Docker's events broke off; trying again. Those in between may be missing");
    await sleep(2000, undefined, { signal }).catch(() => undefined);
  }
}

function since(time: number): string {
  return `--since=@${(time / 1000).toFixed(3)}`;
}
