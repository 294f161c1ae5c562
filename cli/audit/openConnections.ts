import type { Entry } from "./entry.ts";

/** What the machine tells about connections that are open, as the script in history.ts prints it. */
export interface FrontDoorState {
  /** By the machine's clock, milliseconds since 1970. */
  now: number;
  /** The machine's distance from UTC, e.g. `+0100`: HAProxy shows local time. */
  zone: string;
  /** Port from which the front door passes this very SSH connection on. */
  ownPort?: string;
  /** `show sess all` of each worker, by its process id. */
  workers: Map<string, string[]>;
  /** Lines of `ss -xpnH`. */
  sockets: string[];
}

/**
 * The connections that are open. A client's is two sessions of HAProxy's, one that looks at the first bytes and knows
 * the address, and one that ends TLS and knows the client. A Unix socket between them tells which belong together.
 */
export function openConnections(state: FrontDoorState): Entry[] {
  const sessions = [...state.workers].flatMap(([worker, lines]) => parseSessions(worker, lines));
  const peers = parseSockets(state.sockets);
  const behind = new Map<string, Session>();
  for (const session of sessions) {
    const peer =
      session.backend === "tls" ? peers.get(socketName(session.worker, session.serverFd)) : undefined;
    if (peer !== undefined) behind.set(peer, session);
  }
  return sessions.flatMap((session) => {
    const from =
      session.frontend === "tls" ? behind.get(socketName(session.worker, session.clientFd)) : session;
    return entry(session, from, state) ?? [];
  });
}

interface Session {
  worker: string;
  /** As HAProxy shows it: 21/Nov/2026:11:21:38.643700 */
  start: string;
  source: string;
  frontend?: string;
  backend?: string;
  /** The front door's own end of the connection to the server. */
  backendAddress?: string;
  server?: string;
  serverAddress?: string;
  clientFd?: string;
  serverFd?: string;
  sent?: number;
  received?: number;
}

function parseSessions(worker: string, lines: string[]): Session[] {
  const sessions: Session[] = [];
  let side: "clientFd" | "serverFd" = "clientFd";
  for (const line of lines) {
    const [, start, source] = /^0x[0-9a-f]+: \[([^\]]+)\].* source=(\S+)/.exec(line) ?? [];
    if (start) sessions.push({ worker, start, source });
    const session = sessions.at(-1);
    if (!session) continue;
    const [, key, value] = /^\s+(frontend|backend|server)=(\S+)/.exec(line) ?? [];
    if (key) session[key as "frontend" | "backend" | "server"] = value;
    const [, address] = / addr=(\S+)/.exec(line) ?? [];
    if (key === "backend") session.backendAddress = address;
    if (key === "server") session.serverAddress = address;
    const [, number] = /^\s+co([01])=/.exec(line) ?? [];
    if (number) side = number === "0" ? "clientFd" : "serverFd";
    const [, fd] = /^\s+flags=\S+ fd=(\d+) /.exec(line) ?? [];
    if (fd) session[side] = fd;
    const [, channel, total] = /^\s+(req|res)=.* total=(\d+)/.exec(line) ?? [];
    if (channel) session[channel === "req" ? "sent" : "received"] = Number(total);
  }
  return sessions;
}

/** By one end of a Unix socket the other: `pid/fd` both. */
function parseSockets(lines: string[]): Map<string, string> {
  const sockets = lines.flatMap((line) => {
    const [, inode, peer, users] = / (\d+)\s+\* (\d+)\s+users:\((.*)\)/.exec(line) ?? [];
    const holders = [...(users ?? "").matchAll(/pid=(\d+),fd=(\d+)/g)];
    return inode ? [{ inode, peer, names: holders.map(([, pid, fd]) => socketName(pid, fd)) }] : [];
  });
  const byInode = new Map(sockets.map((socket) => [socket.inode, socket]));
  const pairs = sockets.flatMap(({ names, peer }) =>
    names.flatMap((name) => (byInode.get(peer)?.names ?? []).map((other): [string, string] => [name, other])),
  );
  return new Map(pairs);
}

function socketName(pid: string, fd: string | undefined): string {
  return `${pid}/${fd}`;
}

function entry(session: Session, from: Session | undefined, state: FrontDoorState): Entry | undefined {
  const [, client, fingerprint] = /^(.+):([0-9a-f]{16})$/.exec(session.server ?? "") ?? [];
  let kind: Entry["kind"];
  const bySsh = session.frontend === "ssh_clients";
  if ((session.frontend === "tls" || bySsh) && client) kind = "connection";
  else if (session.frontend === "local") kind = "local";
  else if (session.backend === "sshd") kind = "ssh";
  else return undefined;
  if (kind === "ssh" && state.ownPort && session.backendAddress?.endsWith(`:${state.ownPort}`))
    return undefined;
  const start = time(session.start, state.zone);
  const [, address, port] =
    /^\[?([0-9a-f.:]+?)\]?:(\d+)$/.exec(kind === "local" ? "" : (from?.source ?? "")) ?? [];
  return {
    kind,
    start,
    open: true,
    duration: Math.max(0, state.now - start),
    ...(client && { client, fingerprint }),
    ...(kind === "ssh" && { passedOn: Number(session.backendAddress?.split(":").at(-1)) }),
    ...(bySsh && { by: "ssh" as const }),
    ...(session.backend === "published" && { published: Number(session.serverAddress?.split(":").at(-1)) }),
    ...(address && { address: address.replace(/^::ffff:(?=\d+\.)/, ""), port: Number(port) }),
    sent: session.sent,
    received: session.received,
  };
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** To the millisecond, as in the log. */
function time(text: string, zone: string): number {
  const [, day, month, year, clock] = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d\.\d{3})/.exec(text) ?? [];
  const number = String(months.indexOf(month) + 1).padStart(2, "0");
  return Date.parse(`${year}-${number}-${day}T${clock}${zone.slice(0, 3)}:${zone.slice(3)}`);
}
