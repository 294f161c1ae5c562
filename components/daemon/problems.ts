import { isIP } from "node:net";
import type { Problem } from "../validation";
import type { DaemonArgs } from "./daemonArgs";

/** Keys of daemon.json which the daemon's options write, and those options. */
const modelled: Record<string, string> = {
  "log-driver": "logDriver",
  "log-opts": "logMaxSize and logMaxFiles",
  dns: "dns",
  ip: "ip",
  debug: "debug",
  "live-restore": "liveRestore",
  "data-root": "dataRoot",
  "registry-mirrors": "registryMirrors",
  builder: "builderGc",
  labels: "labels",
};

/** Keys that would open the daemon to others, or that dockerd has to be started with as it is. */
const forbidden: Record<string, string> = {
  hosts: "would open the daemon besides the front door",
  tls: "would weaken the daemon's mutual TLS",
  tlsverify: "would weaken the daemon's mutual TLS",
  tlscacert: "would weaken the daemon's mutual TLS",
  tlscert: "would weaken the daemon's mutual TLS",
  tlskey: "would weaken the daemon's mutual TLS",
  "api-cors-header": "would let web pages use the daemon",
  "authorization-plugins":
    "would keep the health check and the front door from dockerd until the plugin runs",
  graph: "is the former name of data-root",
};

/**
 * What a schema can't say about the daemon's options: impossible combinations, and passed-through keys that are set
 * elsewhere or would weaken security.
 *
 * @param daemon the options, which fit the schema
 * @param extra keys of daemon.json by their names in daemon.json
 */
export function daemonProblems(daemon: DaemonArgs, extra: Record<string, unknown>): Problem[] {
  return [
    ...logProblems(daemon),
    ...swarmProblems(daemon, extra),
    ...Object.entries(extra).flatMap(([key, value]) => extraProblems(key, value)),
  ];
}

function logProblems(daemon: DaemonArgs): Problem[] {
  if (daemon.logDriver !== "journald") return [];
  return (["logMaxSize", "logMaxFiles"] as const)
    .filter((key) => daemon[key] !== undefined)
    .map((key) => ({
      propertyPath: `daemon.${key}`,
      reason: `${JSON.stringify(daemon[key])} has no meaning with logDriver journald, as the journal has limits of its own; remove it, or write logDriver: json-file`,
    }));
}

function swarmProblems(daemon: DaemonArgs, extra: Record<string, unknown>): Problem[] {
  const key = "swarm-default-advertise-addr";
  if (extra[key] === undefined || daemon.liveRestore === false) return [];
  return [
    {
      propertyPath: `daemonExtra.${key}`,
      reason: "is for Swarm mode, which excludes live-restore; remove it, or write daemon.liveRestore: false",
    },
  ];
}

function extraProblems(key: string, value: unknown): Problem[] {
  const propertyPath = `daemonExtra.${key}`;
  if (Object.hasOwn(modelled, key)) {
    return [{ propertyPath, reason: `is what daemon.${modelled[key]} writes; remove it and write that one` }];
  }
  if (Object.hasOwn(forbidden, key)) return [{ propertyPath, reason: `${forbidden[key]}; remove it` }];
  if (key === "metrics-addr" && !isLoopback(value)) {
    return [
      {
        propertyPath,
        reason: `${JSON.stringify(value)} would offer the daemon's metrics to others; write an address like 127.0.0.1:9323`,
      },
    ];
  }
  return [];
}

function isLoopback(value: unknown): boolean {
  const match = /^(.*):[0-9]+$/.exec(String(value));
  if (match === null) return false;
  const host = match[1].replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
