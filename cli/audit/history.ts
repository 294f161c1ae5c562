import type { Machine } from "../shared/ssh.ts";
import { withAddresses } from "./clientsBySsh.ts";
import { parseEvent } from "./dockerEvents.ts";
import type { Entry } from "./entry.ts";
import { parseFrontDoor, parseJournal } from "./frontDoorLog.ts";
import { type FrontDoorState, openConnections } from "./openConnections.ts";
import { checkMilliseconds } from "./ownChecks.ts";
import type { Moment } from "./time.ts";

/** What the machine knows of a time that begins at some moment and ends now. */
export interface History {
  /** By the machine's clock, milliseconds since 1970. */
  now: number;
  /** The front door's, in no particular order; some of them before the time that was asked for. */
  connections: Entry[];
  events: Entry[];
  /** Where the journal goes on. */
  cursor?: string;
  /** Begin of the front door's log, milliseconds since 1970. */
  oldest?: number;
  /** When dockerd started, milliseconds since 1970: it has no events from before. */
  daemonStarted?: number;
  /** Why there are no events, though they were asked for. */
  eventsProblem?: string;
}

/** dockerd keeps so many events. */
export const keptEvents = 256;

/** The front door's unit has a name of its own on a host that was there before (components/host/layout.ts). */
const ownUnit = "remote-docker-front-door";
export const frontDoorUnit = `$([[ -e /etc/systemd/system/${ownUnit}.service ]] && echo ${ownUnit} || echo haproxy)`;
const masterSocket = `$([[ -S /run/${ownUnit}.sock ]] && echo /run/${ownUnit}.sock || echo /run/haproxy-master.sock)`;

export const journalCommand = `journalctl -q -u ${frontDoorUnit} -o json --output-fields=MESSAGE --all`;
export const dockerEventsCommand = "docker --host unix:///run/docker.sock events --format '{{json .}}'";

export async function readHistory(machine: Machine, since: Moment, events: boolean): Promise<History> {
  return parseHistory(await machine.run(historyScript(since, events)));
}

/**
 * Sections, each behind a line `== name`. The open connections come before the log, so that one that ends meanwhile is
 * in both rather than in none.
 */
function historyScript(since: Moment, events: boolean): string {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  const begin = "at" in since ? String(seconds(since.at)) : `$(($(date +%s) - ${seconds(since.ago)}))`;
  return `
    since=${begin}
    ${stateScript}
    echo "== oldest"
    ${journalCommand} 2>/dev/null | head -n 1
    echo "== journal"
    ${journalCommand} --since="@$((since > 60 ? since - ${seconds(checkMilliseconds)} : 0))"
    ${events ? eventsScript : ""}`;
}

/** Who is connected now. */
export const stateScript = `
    now=$(date +%s.%N)
    echo "== now $now"
    echo "== zone $(date +%z)"
    echo "== own $SSH_CONNECTION"
    echo "== daemon $(systemctl show docker.service -P ActiveEnterTimestamp --timestamp=unix 2>/dev/null)"
    master=${masterSocket}
    ask() { socat -t 60 - UNIX-CONNECT:$master; }
    if [[ -S $master ]]; then
      for worker in $(ask <<<"show proc" | awk '$2 == "worker" { print $1 }'); do
        echo "== worker $worker"
        printf '@!%s show sess all\\n' "$worker" | ask
      done
    fi
    echo "== sockets"
    ss -xpnH`;

const eventsScript = `
    echo "== events"
    timeout 60 ${dockerEventsCommand} --since "$since" --until "$now" 2>&1 </dev/null || echo "== no-events $?"`;

export function parseHistory(lines: string[]): History {
  const history: History = { now: Date.now(), connections: [], events: [] };
  const state: FrontDoorState = { now: 0, zone: "+0000", workers: new Map(), sockets: [] };
  const spoken: string[] = [];
  let section = "";
  let worker = "";
  for (const line of lines) {
    const [, name, value = ""] = /^== ([a-z-]+)(?: (.*))?$/.exec(line) ?? [];
    if (name) {
      section = name;
      if (name === "now") history.now = state.now = Math.round(Number(value) * 1000);
      else if (name === "zone") state.zone = value;
      else if (name === "own") state.ownPort = value.split(" ")[1];
      else if (name === "daemon" && /^@\d+$/.test(value))
        history.daemonStarted = Number(value.slice(1)) * 1000;
      else if (name === "worker") state.workers.set((worker = value), []);
      else if (name === "no-events")
        history.eventsProblem = spoken.at(-1) ?? `docker's exit code is ${value}`;
    } else if (section === "worker") {
      state.workers.get(worker)?.push(line);
    } else if (section === "sockets") {
      state.sockets.push(line);
    } else if (section === "oldest") {
      history.oldest ??= parseJournal(line)?.time;
    } else if (section === "journal") {
      const entry = parseJournal(line);
      if (!entry) continue;
      history.cursor = entry.cursor;
      const connection = parseFrontDoor(entry);
      if (connection) history.connections.push(connection);
    } else if (section === "events") {
      const event = parseEvent(line);
      if (event) history.events.push(event);
      else spoken.push(line);
    }
  }
  history.connections.push(...stillOpen(openConnections(state), history.connections));
  history.connections = withAddresses(history.connections);
  return history;
}

/** Without those that ended while the machine was asked. */
function stillOpen(open: Entry[], ended: Entry[]): Entry[] {
  const over = (one: Entry) => (other: Entry) =>
    one.start === other.start && one.client === other.client && (one.port ?? other.port) === other.port;
  return open.filter((entry) => !ended.some(over(entry)));
}
