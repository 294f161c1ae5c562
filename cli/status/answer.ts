import { z } from "zod";
import { parseHistory, stateScript } from "../audit/history.ts";
import type { Machine } from "../shared/ssh.ts";
import { UserError } from "../shared/userError.ts";

const bytes = z.number().nonnegative();

/** What dockerd says of itself; null where it doesn't answer. */
const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() }).nullable();

const infoSchema = z
  .object({
    Containers: z.int(),
    ContainersRunning: z.int(),
    Images: z.int(),
    DockerRootDir: z.string(),
  })
  .nullable();

const diskUseSchema = z
  .object({
    LayersSize: bytes.nullish(),
    BuildCache: z.array(z.object({ Size: bytes })).nullish(),
  })
  .nullable();

/** What the machine answers. */
export const answerSchema = z.object({
  /** Seconds. */
  uptime: z.number().nonnegative(),
  /** Of the last 1, 5 and 15 minutes. */
  load: z.tuple([z.number(), z.number(), z.number()]),
  processors: z.int().positive(),
  /** Bytes. */
  memory: z.object({ total: bytes, available: bytes }),
  /** Bytes of the file system with images, containers, volumes and build cache; null where dockerd doesn't say which. */
  disk: z.object({ size: bytes, available: bytes }).nullable(),
  /** The front door's, DER in base64. */
  serverCertificate: z.base64(),
  version: versionSchema,
  info: infoSchema,
  diskUse: diskUseSchema,
});

export type Answer = z.output<typeof answerSchema>;

/** What is known of a machine at a moment. */
export interface Look extends Answer {
  /** By the machine's clock, milliseconds since 1970. */
  now: number;
  /** When dockerd started, milliseconds since 1970. */
  daemonStarted?: number;
  /** How many connections each client has open. */
  connected: Record<string, number>;
}

/** Nothing of it changes anything, and the certificate's key isn't read. */
const statusScript = `
    docker_says() { curl --silent --fail --max-time 20 --unix-socket /run/docker.sock "http://localhost/$1" || echo null; }
    root=$(timeout 20 docker --host unix:///run/docker.sock info --format '{{.DockerRootDir}}' 2>/dev/null)
    disk=null
    if [[ $root == /* ]]; then
      disk=$(df --block-size=1 --output=size,avail -- "$root" | awk 'NR == 2 { printf "{\\"size\\":%s,\\"available\\":%s}", $1, $2 }')
    fi
    echo "== status"
    printf '{"uptime":%s,' "$(cut -d ' ' -f 1 /proc/uptime)"
    printf '"load":[%s,%s,%s],' $(cut -d ' ' -f 1-3 /proc/loadavg)
    printf '"processors":%s,' "$(nproc)"
    awk '$1 == "MemTotal:" { total = $2 } $1 == "MemAvailable:" { available = $2 }
      END { printf "\\"memory\\":{\\"total\\":%.0f,\\"available\\":%.0f},", total * 1024, available * 1024 }' /proc/meminfo
    printf '"disk":%s,' "\${disk:-null}"
    printf '"serverCertificate":"%s",' "$(sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p;/END CERTIFICATE/q' \\
      /etc/remote-docker/current/frontDoor/server.pem | grep -v CERTIFICATE | tr -d '\\n')"
    printf '"version":%s,' "$(docker_says version)"
    printf '"info":%s,' "$(docker_says info)"
    printf '"diskUse":%s}' "$(docker_says system/df)"
    echo`;

/** @throws UserError when the connection is lost, or the answer isn't what it should be */
export async function lookAt(machine: Machine): Promise<Look> {
  return parseLook(await machine.run(`${stateScript}\n${statusScript}`));
}

/** @throws UserError when it isn't what a machine answers */
export function parseLook(lines: string[]): Look {
  const begin = lines.indexOf("== status");
  const { now, daemonStarted, connections } = parseHistory(lines.slice(0, begin));
  const connected: Record<string, number> = {};
  for (const { kind, client, open } of connections)
    if (kind === "connection" && open && client !== undefined)
      connected[client] = (connected[client] ?? 0) + 1;
  const answer = answerSchema.safeParse(parsed(lines.slice(begin + 1).join("")));
  if (begin < 0 || !answer.success) {
    const why = answer.success ? "" : `: ${z.prettifyError(answer.error)}`;
    throw new UserError(`the machine answered something else than its status; run npm run up once${why}`);
  }
  return { ...answer.data, now, daemonStarted, connected };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
