import { isIPv4 } from "node:net";
import { type DaemonArgs, daemonDefaults } from "./daemonArgs";
import { keysInArguments, type Theirs } from "./theirs";

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
 * @param theirs what a host's own daemon keeps: there, an option that isn't given stays as the host has it. Default: the
 *   daemon is this program's own
 */
export function daemonConfiguration(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
  theirs?: Theirs,
): string {
  return text(content(daemon, extra, tlsFolder, theirs));
}

/** The part of {@link daemonConfiguration} that only a restart of dockerd takes up. */
export function restartConfiguration(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
  theirs?: Theirs,
): string {
  const members = Object.entries(content(daemon, extra, tlsFolder, theirs));
  return text(Object.fromEntries(members.filter(([key]) => !reloadable.includes(key))));
}

function content(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  tlsFolder: string,
  theirs?: Theirs,
): Record<string, unknown> {
  const needed = {
    hosts: [...localHosts(theirs), `tcp://${daemonAddress}`],
    tlsverify: true,
    // Without it dockerd would trust everybody whom the system's roots trust.
    tlscacert: `${tlsFolder}/${daemonTlsFiles.issuer}`,
    tlscert: `${tlsFolder}/${daemonTlsFiles.certificate}`,
    tlskey: `${tlsFolder}/${daemonTlsFiles.key}`,
  };
  if (theirs !== undefined) return { ...besideTheirs(daemon, extra, theirs), ...needed };
  const all = { ...daemonDefaults, ...present(daemon) };
  const networks = networkOptions(all.ip, extra["default-network-opts"]);
  return { ...extra, ...modelledMembers(all), "default-network-opts": networks, ...needed };
}

function localHosts(theirs?: Theirs): string[] {
  if (theirs === undefined) return ["fd://"];
  return [theirs.socketActivated ? "fd://" : "unix:///run/docker.sock", ...theirs.sockets];
}

/** Containers go on while dockerd restarts, unless the stack says otherwise: more isn't changed unasked. */
function besideTheirs(
  daemon: DaemonArgs,
  extra: Record<string, unknown>,
  theirs: Theirs,
): Record<string, unknown> {
  const { debug, labels, registryMirrors, liveRestore } = daemonDefaults;
  const always = modelledMembers({ debug, labels, registryMirrors });
  const members: Record<string, unknown> = {
    ...always,
    ...theirs.members,
    ...extra,
    ...modelledMembers({ liveRestore, ...present(daemon) }),
  };
  // dockerd before 24.0 doesn't know the key, and doesn't start with one that it doesn't know.
  if (daemon.ip !== undefined && Number(theirs.version.split(".")[0]) >= 24)
    members["default-network-opts"] = networkOptions(daemon.ip, members["default-network-opts"]);
  const taken = keysInArguments(theirs.arguments);
  return Object.fromEntries(Object.entries(members).filter(([key]) => !taken.includes(key)));
}

/** The members of daemon.json that options stand for; of one that isn't given, none. */
export function modelledMembers(daemon: DaemonArgs): Record<string, unknown> {
  const { logDriver, logMaxSize, logMaxFiles, dns = [], builderGc } = daemon;
  const gc = { ...daemonDefaults.builderGc, ...present(builderGc ?? {}) };
  const logOptions = {
    ...(logMaxSize === undefined ? {} : { "max-size": logMaxSize }),
    ...(logMaxFiles === undefined ? {} : { "max-file": String(logMaxFiles) }),
  };
  const hasLogOptions = logDriver !== "journald" && Object.keys(logOptions).length > 0;
  return present({
    "log-driver": logDriver,
    "log-opts": hasLogOptions ? logOptions : undefined,
    dns: dns.length > 0 ? dns : undefined,
    ip: daemon.ip,
    debug: daemon.debug,
    "live-restore": daemon.liveRestore,
    "data-root": daemon.dataRoot,
    "registry-mirrors": daemon.registryMirrors,
    builder:
      builderGc === undefined
        ? undefined
        : { gc: { enabled: gc.enabled, defaultKeepStorage: gc.keepStorage } },
    labels: daemon.labels,
  });
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
