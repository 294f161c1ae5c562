import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type Door, get } from "../shared/daemon.ts";
import { explain } from "../shared/refusal.ts";

/** A port of the machine's that a container publishes. */
export interface PublishedPort {
  port: number;
  /** The container's name, and its own port, e.g. `web:80`. */
  target: string;
}

/** What the daemon's `GET /containers/json` has of a port. */
interface Port {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** The longest pause between two attempts, milliseconds. */
const longestPause = 30_000;

/** Milliseconds after which the daemon's list has what an event told. */
const settled = 500;

/**
 * Follows what containers publish, by the daemon's events, for as long as `signal` isn't aborted. A connection that is lost
 * is made anew.
 *
 * @param take gets all of it, at the start and whenever something may have changed
 * @param note gets what keeps it from going on
 */
export async function followPublished(
  door: Door,
  take: (ports: PublishedPort[]) => Promise<void>,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let pause = 500;
  while (!signal.aborted) {
    try {
      await followOnce(door, take, signal, () => (pause = 500));
      note("the daemon ended its events: asking again");
    } catch (error) {
      if (signal.aborted) return;
      note(`${explain(error as Error, door)}; next attempt in ${Math.ceil(pause / 1000)} s`);
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(2 * pause, longestPause);
  }
}

/** The events since the list was made, by the daemon's clock, so that nothing is missed between the two. */
async function followOnce(
  door: Door,
  take: (ports: PublishedPort[]) => Promise<void>,
  signal: AbortSignal,
  works: () => void,
): Promise<void> {
  const { ports, made } = await listed(door, signal);
  await take(ports);
  works();
  const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: ["start", "die"] }));
  const events = await get(door, `/events?since=${made}&filters=${filters}`, signal);
  const changes = events[Symbol.asyncIterator]();
  while (!(await changes.next()).done) {
    await take((await listed(door, signal)).ports);
    // dockerd before 23.0 tells of an end before its list knows it.
    await delay(settled, undefined, { signal });
    await take((await listed(door, signal)).ports);
  }
}

/** What is published, and when the daemon said so, seconds since 1970. */
async function listed(door: Door, signal: AbortSignal): Promise<{ ports: PublishedPort[]; made: number }> {
  const answer = await get(door, "/containers/json", signal);
  const containers = JSON.parse(await text(answer)) as { Names: string[]; Ports: Port[] }[];
  const all = containers.flatMap(({ Names, Ports }) =>
    Ports.filter(reachable).map(({ PublicPort, PrivatePort }): [number, string] => [
      PublicPort!,
      `${Names[0]?.slice(1)}:${PrivatePort}`,
    ]),
  );
  const ports = [...new Map(all)].map(([port, target]) => ({ port, target }));
  return { ports, made: Math.floor(Date.parse(answer.headers.date ?? "") / 1000) };
}

/** By TCP, at the machine's loopback. */
function reachable({ IP = "0.0.0.0", PublicPort, Type }: Port): boolean {
  return Type === "tcp" && PublicPort !== undefined && ["0.0.0.0", "127.0.0.1"].includes(IP);
}
