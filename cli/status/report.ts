import type { Look } from "./answer.ts";
import { type Ending, endings, nextRenewal } from "./certificates.ts";

/** What `npm run status` shows, and what it prints with `--json`: sizes in bytes, times in seconds. */
export interface Report {
  stack: string;
  machine: { kind?: string; address: string; uptime: number };
  engine: { version: string; api: string; uptime?: number } | null;
  load: [number, number, number];
  processors: number;
  memory: { total: number; available: number };
  disk: { size: number; available: number; folder: string } | null;
  images: { count: number; size: number } | null;
  buildCache: { size: number } | null;
  containers: { running: number; all: number } | null;
  /** How many connections each client has open. */
  connected: Record<string, number>;
  certificates: Ending[];
  nextRenewal: { whose: string; at: string } | null;
}

export function reportOf(stack: string, outputs: Record<string, unknown>, look: Look): Report {
  const { version, info, diskUse, disk, daemonStarted, now } = look;
  const { DOCKER_HOST, power } = outputs as { DOCKER_HOST: string; power?: { kind: string } };
  const certificates = endings(outputs, look.serverCertificate);
  const next = nextRenewal(certificates);
  const cache = (diskUse?.BuildCache ?? []).reduce((sum, { Size }) => sum + Size, 0);
  return {
    stack,
    machine: { kind: power?.kind, address: DOCKER_HOST.replace("tcp://", ""), uptime: look.uptime },
    engine: version && {
      version: version.Version,
      api: version.ApiVersion,
      ...(daemonStarted && { uptime: Math.max(0, Math.round((now - daemonStarted) / 1000)) }),
    },
    load: look.load,
    processors: look.processors,
    memory: look.memory,
    disk: disk && info && { ...disk, folder: info.DockerRootDir },
    images: info && diskUse && { count: info.Images, size: diskUse.LayersSize ?? 0 },
    buildCache: diskUse && { size: cache },
    containers: info && { running: info.ContainersRunning, all: info.Containers },
    connected: look.connected,
    certificates,
    nextRenewal: next ? { whose: next.whose, at: next.renewal } : null,
  };
}

const silent = "dockerd doesn't answer; look at it with: npm run logs";

/** As lines for people. */
export function inWords(report: Report): string[] {
  const { machine, engine, disk, images, buildCache, containers, memory } = report;
  const connected = Object.entries(report.connected).map(([name, count]) => `${name} (${count})`);
  const days = report.certificates.map(({ whose, daysLeft }) => `${whose} ${daysLeft} d`);
  const rows: [string, string][] = [
    ["machine", `${machine.kind ? `${machine.kind}, ` : ""}${machine.address}, up ${span(machine.uptime)}`],
    [
      "engine",
      engine
        ? `Docker ${engine.version}, API ${engine.api}${engine.uptime === undefined ? "" : `, up ${span(engine.uptime)}`}`
        : silent,
    ],
    ["load", `${report.load.join("  ")}, ${counted(report.processors, "processor")}`],
    ["memory", `${size(memory.total - memory.available)} of ${size(memory.total)}`],
    ["disk", disk ? `${size(disk.size - disk.available)} of ${size(disk.size)}, ${disk.folder}` : "?"],
    ["images", images ? `${images.count}, ${size(images.size)}` : "?"],
    ["build cache", buildCache ? size(buildCache.size) : "?"],
    ["containers", containers ? `${containers.running} running, ${containers.all} in all` : "?"],
    ["connected", connected.join(", ") || "nobody"],
    ["days left", days.join(", ")],
    ["next renewal", renewal(report)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** The same in one line, for a log. */
export function inOneLine(report: Report, time = new Date()): string {
  const { engine, load, memory, disk, containers, connected } = report;
  return [
    time.toISOString().replace(/\.\d+Z$/, "Z"),
    engine ? `Docker ${engine.version}` : silent,
    `load ${load[0]}`,
    `memory ${percent(memory)}`,
    `disk ${disk ? percent({ total: disk.size, available: disk.available }) : "?"}`,
    `containers ${containers ? `${containers.running}/${containers.all}` : "?"}`,
    `connected ${Object.keys(connected).join(",") || "nobody"}`,
  ].join("  ");
}

function renewal({ nextRenewal: next }: Report): string {
  if (next === null) return "?";
  const whose = next.whose === "server" ? "the server's certificate" : `the certificate of ${next.whose}`;
  const day = next.at.slice(0, 10);
  return Date.parse(next.at) <= Date.now()
    ? `due since ${day}: ${whose}, by npm run up`
    : `${day}: ${whose}, by the first npm run up from then on`;
}

function percent({ total, available }: { total: number; available: number }): string {
  return `${Math.round((100 * (total - available)) / total)} %`;
}

function size(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function span(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 60 / 24)} d`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
