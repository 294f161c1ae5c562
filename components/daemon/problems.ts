import type { Problem } from "../validation";
import type { DaemonArgs } from "./daemonArgs";
import { daemonKeys } from "./keys";

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
  const reason = reasonAgainst(key, value);
  return reason === undefined ? [] : [{ propertyPath: `daemonExtra.${key}`, reason }];
}

function reasonAgainst(key: string, value: unknown): string | undefined {
  if (!Object.hasOwn(daemonKeys, key)) return undefined;
  const rule = daemonKeys[key];
  if ("modelled" in rule) return `is what daemon.${rule.modelled} writes; remove it and write that one`;
  if ("refused" in rule) return `${rule.refused}; remove it`;
  return rule.problem?.(value);
}
