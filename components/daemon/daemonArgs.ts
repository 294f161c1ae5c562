import { isIP } from "node:net";
import { z } from "zod";

/** What a daemon without any option of its own has. */
export const daemonDefaults = {
  logDriver: "json-file",
  logMaxSize: "10m",
  logMaxFiles: 3,
  dns: [],
  ip: "127.0.0.1",
  debug: false,
  liveRestore: true,
  dataRoot: "/var/lib/docker",
  registryMirrors: [],
  builderGc: { enabled: true, keepStorage: "10GB" },
  labels: [],
  plainListener: false,
} satisfies Required<DaemonArgs>;

const yesOrNo = z.boolean("true or false");
const address = (what: string) => z.string(what).refine((text) => isIP(text) !== 0, what);
const listOf = <T extends z.ZodType>(item: T, what: string) => z.array(item, what);

const dnsServer = "the IP address of a DNS server, like 192.0.2.53";
const bindAddress = "an IP address of the machine, like 127.0.0.1";
const logSize = "a size like 10m (a number and k, m or g)";
const logFiles = "a number of log files; write a whole number from 1 to 100";
const storage = "a size like 10GB (a number and KB, MB, GB or TB)";
const mirror = "the URL of a registry without a path, like https://mirror.example.com";
const label = "a label like team=build (letters, digits, '.', '_', '-' and '/' before the '=')";
const folder = "an absolute path below a folder of its own, like /var/lib/docker";

const builderGcSchema = z.strictObject(
  {
    /**
     * Whether unused build cache is removed by itself. Restarts dockerd.
     * @default true
     */
    enabled: yesOrNo.optional(),

    /**
     * How much build cache is kept: a number and `KB`, `MB`, `GB` or `TB`. Restarts dockerd.
     * @default "10GB"
     */
    keepStorage: z
      .string(storage)
      .regex(/^[1-9][0-9]{0,5}[KMGT]B$/, storage)
      .optional(),
  },
  "the limits of the builder's cache, like {keepStorage: 10GB}",
);

/** How the builder's cache is kept small. */
export type BuilderGcArgs = z.input<typeof builderGcSchema>;

/** What {@link DaemonArgs} may hold. */
export const daemonSchema = z.strictObject(
  {
    /**
     * Where containers' output goes: `json-file` (a file for each container, rotated) or `journald` (the machine's
     * journal, which has its own limits). Holds for containers that are made afterwards. Restarts dockerd.
     * @default "json-file"
     */
    logDriver: z.enum(["json-file", "journald"], "a log driver; write json-file or journald").optional(),

    /**
     * Size at which a container's log file is rotated: a number and `k`, `m` or `g`. For `json-file` only. Restarts dockerd.
     * @default "10m"
     */
    logMaxSize: z
      .string(logSize)
      .regex(/^[1-9][0-9]{0,5}[kmg]$/, logSize)
      .optional(),

    /**
     * How many log files of a container are kept, from 1 to 100. For `json-file` only. Restarts dockerd.
     * @default 3
     */
    logMaxFiles: z.int(logFiles).min(1, logFiles).max(100, logFiles).optional(),

    /**
     * Addresses of the DNS servers that containers ask. Restarts dockerd.
     * @default the machine's own
     * @example ["192.0.2.53"]
     */
    dns: listOf(address(dnsServer), "a list of IP addresses of DNS servers, like [192.0.2.53]").optional(),

    /**
     * Address on the machine that a published port is bound to when the client names none (`-p 8080:80`), on the default
     * network and on those that are made from now on, as each Compose project's is. Restarts dockerd.
     * @default "127.0.0.1", so that nobody outside reaches it by accident
     * @example "0.0.0.0"
     */
    ip: address(bindAddress).optional(),

    /**
     * Verbose log of dockerd in the journal. Taken up without a restart.
     * @default false
     */
    debug: yesOrNo.optional(),

    /**
     * Containers go on running while dockerd restarts. Excludes Swarm mode. Taken up without a restart.
     * @default true
     */
    liveRestore: yesOrNo.optional(),

    /**
     * Folder on the machine for images, containers and volumes, absolute. What is in the former one stays there,
     * unused. Restarts dockerd.
     * @default "/var/lib/docker"
     */
    dataRoot: z
      .string(folder)
      .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/, folder)
      .optional(),

    /**
     * Mirrors of Docker Hub, asked in this order, by their URLs. Taken up without a restart.
     * @default none
     * @example ["https://mirror.example.com"]
     */
    registryMirrors: listOf(
      z.string(mirror).refine(isRegistry, mirror),
      "a list of registries' URLs, like [https://mirror.example.com]",
    ).optional(),

    /** How the builder's cache is kept small. */
    builderGc: builderGcSchema.optional(),

    /**
     * Labels of the daemon, as `docker info` shows them: `key=value`. Taken up without a restart.
     * @default none
     * @example ["team=build"]
     */
    labels: listOf(
      z.string(label).regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*=.*$/, label),
      "a list of labels, like [team=build]",
    ).optional(),

    /**
     * Offers the daemon without TLS to every program on the machine itself, on 127.0.0.1:2375 and never on another
     * address: whoever may connect there is root on the machine. A change needs no restart.
     * @default false
     */
    plainListener: yesOrNo.optional(),
  },
  "the daemon's options, like {debug: true}",
);

/** The daemon's options. */
export type DaemonArgs = z.input<typeof daemonSchema>;

/** dockerd takes a mirror only without path, query, fragment and user (moby, registry/config.go, ValidateMirror). */
function isRegistry(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username } = new URL(text);
  return ["https:", "http:"].includes(protocol) && pathname === "/" && search + hash + username === "";
}
