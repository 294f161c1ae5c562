import type { Door } from "../shared/daemon.ts";
import { type Asked, ask } from "./asked.ts";
import { supportOf } from "./endOfLife.ts";
import { about, type Finding } from "./finding.ts";

/** What of the daemon's `GET /info` matters. */
interface Info {
  SystemTime?: string;
  LiveRestoreEnabled?: boolean;
  Warnings?: string[] | null;
}

interface DiskUse {
  LayersSize?: number;
  BuildCache?: { Size: number }[] | null;
}

interface Container {
  Names: string[];
  Ports: { IP?: string; PublicPort?: number; Type: string }[];
}

/** What the daemon says of itself. */
export async function daemonFindings(door: Door, version: Asked): Promise<Finding[]> {
  const { host, port, ca, cert, key } = door;
  const get = async <T>(path: string) => {
    const { status, body } = await ask({ host, port, ca, cert, key, path });
    return status === 200 ? (JSON.parse(body) as T) : undefined;
  };
  const [info, disk, containers] = await Promise.all([
    get<Info>("/info"),
    get<DiskUse>("/system/df"),
    get<Container[]>("/containers/json"),
  ]);
  return [
    ...engineFindings(version, info),
    ...clockFindings(version),
    ...diskFindings(disk),
    ...portFindings(containers ?? []),
  ];
}

function engineFindings({ body }: Asked, info?: Info): Finding[] {
  const { ok, warning } = about("engine");
  const { Version, ApiVersion, MinAPIVersion } = JSON.parse(body) as Record<string, string>;
  const found = [ok(`Docker ${Version}, API ${MinAPIVersion ?? "?"} to ${ApiVersion}`)];
  found.push(...supportFindings(Version));
  if (info?.LiveRestoreEnabled === false)
    found.push(
      warning(
        "live-restore is off",
        "liveRestore: true, unless the daemon is in a swarm",
        "containers end with dockerd",
      ),
    );
  for (const text of info?.Warnings ?? [])
    if (!/blkio|swap limit|cgroup v1/i.test(text)) found.push(warning(text.replace(/^WARNING: /, "")));
  return found;
}

/** Whether anybody still mends the daemon's version. */
export function supportFindings(version: string, now = Date.now()): Finding[] {
  const { ok, warning } = about("engine");
  const { ended, package: theirs } = supportOf(version, now);
  if (ended === undefined) return [];
  if (theirs !== undefined)
    return [
      ok(`Docker ended this line on ${ended}; ${theirs.release} mends its package of it until ${theirs.end}`),
    ];
  return [
    warning(
      `Docker ended the line of ${version} on ${ended}`,
      "install a newer engine on the machine",
      "faults of its security aren't mended any more",
    ),
  ];
}

/** By the answer's date, which has seconds. */
export function clockFindings({ date }: Pick<Asked, "date">, now = Date.now()): Finding[] {
  if (date === undefined) return [];
  const { ok, warning, fault } = about("clock");
  const apart = Math.round((date - now) / 1000);
  const text = `the machine's is ${Math.abs(apart)} s ${apart < 0 ? "behind" : "ahead of"} this computer's`;
  if (Math.abs(apart) <= 5) return [ok("the machine's is this computer's")];
  const why = "new certificates aren't valid yet for who is behind, and logs don't fit together";
  return [
    Math.abs(apart) < 120
      ? warning(text, "let both take the time from the network", why)
      : fault(text, "set the one that is wrong right", why),
  ];
}

const gibibyte = 2 ** 30;

function diskFindings(disk?: DiskUse): Finding[] {
  if (disk === undefined) return [];
  const { ok, warning } = about("disk");
  const cache = (disk.BuildCache ?? []).reduce((sum, { Size }) => sum + Size, 0);
  const text = `images ${size(disk.LayersSize ?? 0)}, build cache ${size(cache)}`;
  return [cache > 50 * gibibyte ? warning(text, "docker builder prune, or builderGc") : ok(text)];
}

function size(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}

/** Published ports that can't be reached through the front door. */
export function portFindings(containers: Container[]): Finding[] {
  const { warning } = about("published ports");
  return containers.flatMap(({ Names, Ports }) => {
    const name = Names[0]?.slice(1);
    const published = Ports.filter(({ PublicPort }) => PublicPort !== undefined);
    const udp = published.find(({ Type }) => Type === "udp");
    const elsewhere = published.find(
      ({ IP = "0.0.0.0", Type }) => Type === "tcp" && !["0.0.0.0", "127.0.0.1", "::", "::1"].includes(IP),
    );
    return [
      ...(udp
        ? [
            warning(
              `${name} publishes ${udp.PublicPort}/udp, which can't be forwarded`,
              "use TCP, or another container of the same network",
            ),
          ]
        : []),
      ...(elsewhere
        ? [
            warning(
              `${name} publishes ${elsewhere.PublicPort} on ${elsewhere.IP}, which npm run forward can't reach`,
              "publish it without an address, or on 127.0.0.1",
            ),
          ]
        : []),
    ];
  });
}
