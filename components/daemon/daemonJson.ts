import { isIPv4 } from "node:net";
import { type DaemonArgs, daemonDefaults } from "./daemonArgs";

/** Where dockerd's TLS listens; only the front door can use it. Not on 2377, which is Swarm's. */
export const daemonAddress = "127.0.0.1:2378";

/** Names of dockerd's TLS files in their folder. */
export const daemonTlsFiles = { issuer: "ca.pem", certificate: "cert.pem", key: "key.pem" } as const;

/**
 * Keys that dockerd takes up on SIGHUP (moby, daemon/reload.go). It does so only for those that are in the file:
 * they are always written.
 */
const reloadable = ["debug", "labels", "live-restore", "registry-mirrors"];

/**
 * daemon.json.
 *
 * @param daemon options that {@link daemonSchema} and {@link daemonProblems} find nothing wrong with
 * @param extra keys of daemon.json by their names there
 * @param tlsFolder folder of {@link daemonTlsFiles} on the machine
 */
export function daemonConfiguration(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
): string {
  return text(content(daemon, extra, tlsFolder));
}

/** The part of {@link daemonConfiguration} that only a restart of dockerd takes up. */
export function restartConfiguration(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
): string {
  const members = Object.entries(content(daemon, extra, tlsFolder));
  return text(Object.fromEntries(members.filter(([key]) => !reloadable.includes(key))));
}

function content(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
): Record<string, unknown> {
  const all = { ...daemonDefaults, ...present(daemon) };
  const builderGc = { ...daemonDefaults.builderGc, ...present(daemon.builderGc ?? {}) };
  return {
    ...extra,
    hosts: ["fd://", `tcp://${daemonAddress}`],
    tlsverify: true,
    // Without it dockerd would trust everybody whom the system's roots trust.
    tlscacert: `${tlsFolder}/${daemonTlsFiles.issuer}`,
    tlscert: `${tlsFolder}/${daemonTlsFiles.certificate}`,
    tlskey: `${tlsFolder}/${daemonTlsFiles.key}`,
    "log-driver": all.logDriver,
    ...(all.logDriver === "json-file"
      ? { "log-opts": { "max-size": all.logMaxSize, "max-file": String(all.logMaxFiles) } }
      : {}),
    ...(all.dns.length > 0 ? { dns: all.dns } : {}),
    ip: all.ip,
    "default-network-opts": networkOptions(all.ip, extra["default-network-opts"]),
    debug: all.debug,
    "live-restore": all.liveRestore,
    "data-root": all.dataRoot,
    "registry-mirrors": all.registryMirrors,
    builder: { gc: { enabled: builderGc.enabled, defaultKeepStorage: builderGc.keepStorage } },
    labels: all.labels,
  };
}

/** `ip` rules the default bridge alone: a network that a user makes would bind published ports to every address. */
function networkOptions(ip: string, given: unknown): Record<string, unknown> {
  const { bridge, ...others } = (given ?? {}) as Record<string, Record<string, string>>;
  const binding = isIPv4(ip) ? ip : daemonDefaults.ip;
  return { ...others, bridge: { "com.docker.network.bridge.host_binding_ipv4": binding, ...bridge } };
}

/** Without members that are undefined, which would hide a default. */
function present<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** In the order of the keys: their order in the configuration must not count as a change. */
function text(members: Record<string, unknown>): string {
  const ordered = Object.keys(members)
    .sort()
    .map((key) => [key, members[key]]);
  return `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`;
}
