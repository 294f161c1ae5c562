/** What a host says of itself: {@link file://./examine.sh} */
export interface HostFacts {
  /** ID, VERSION_ID and PRETTY_NAME of its /etc/os-release. */
  system: { id: string; version: string; name: string };
  /** Of systemd, e.g. 252. */
  systemd: number;
  machineId: string;
  /** Lines of authorized_keys, without comments. */
  hostKeys: string[];
  /** Whether its own configuration is kept in adoption's record. */
  adopted: boolean;
  docker?: DockerFacts;
  /** Whether it had a Docker daemon before it was adopted. */
  hadDocker: boolean;
  /** Versions that its package sources offer, by package. */
  candidates: Record<string, string>;
  /** Packages of those asked for that were installed before it was adopted. */
  installed: string[];
  /** The installed HAProxy's version, e.g. 2.6.12. */
  haproxy?: string;
  snap: boolean;
  rootless: boolean;
  /** What its sshd says of the account for clients by SSH, by keyword in lower case; empty: it can't be asked. */
  sshd: Record<string, string[]>;
  /** That account's line of passwd; empty: there is none. */
  account: string;
  /** Who listens where. */
  listeners: Listener[];
  /** What the host's firewall says, where there is one. */
  firewall: { ufw: string; firewalld: string; nftables: string };
}

/** A Docker daemon that the host has. */
export interface DockerFacts {
  /** e.g. 20.10.24 */
  version: string;
  /** Where its configuration file is. */
  file: string;
  /** What is in it; undefined: it can't be read. */
  configuration?: Record<string, unknown>;
  /** Its own arguments. */
  arguments: string[];
  runs: boolean;
  /** Whether systemd holds its socket. */
  socketActivated: boolean;
  /** Names of the containers that run. */
  containers: string[];
  swarm: boolean;
}

export interface Listener {
  protocol: string;
  address: string;
  port: number;
  /** e.g. `nginx`; empty where it isn't known. */
  program: string;
}

interface ApiContainer {
  Names?: string[];
}

interface ApiInfo {
  Swarm?: { LocalNodeState?: string };
}

/**
 * Reads what examine.sh prints.
 *
 * @throws Error when it is cut off
 */
export function parseFacts(output: string): HostFacts {
  const encoded = JSON.parse(output) as Record<string, string>;
  const text = (name: string) =>
    Buffer.from(encoded[name] ?? "", "base64")
      .toString()
      .trim();
  const lines = (name: string) =>
    text(name)
      .split("\n")
      .filter((line) => line !== "");
  const release = (key: string) =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(text("osRelease"))?.[1] ?? "";
  return {
    system: { id: release("ID"), version: release("VERSION_ID"), name: release("PRETTY_NAME") },
    systemd: Number(/^systemd (\d+)/.exec(text("systemd"))?.[1] ?? 0),
    machineId: text("machineId"),
    hostKeys: lines("hostKeys").map((line) => line.split(" ").slice(0, 2).join(" ")),
    adopted: text("adopted") === "yes",
    docker: dockerFacts(text, lines),
    hadDocker: text("dockerBefore") !== "",
    candidates: candidates(text("candidates")),
    installed: lines("installed"),
    haproxy: /version (\d+\.\d+(\.\d+)?)/.exec(text("haproxyVersion"))?.[1],
    snap: text("snap") !== "",
    rootless: text("rootless") !== "",
    sshd: settings(lines("sshd")),
    account: text("account"),
    listeners: lines("listeners").flatMap(listener),
    firewall: { ufw: text("ufw"), firewalld: text("firewalld"), nftables: text("nftables") },
  };
}

function dockerFacts(
  text: (name: string) => string,
  lines: (name: string) => string[],
): DockerFacts | undefined {
  const version = /version (\d+\.\d+(\.\d+)?)/.exec(text("dockerVersion"))?.[1];
  if (version === undefined || !/LoadState=loaded/.test(text("dockerService"))) return undefined;
  const info = parsed<ApiInfo>(text("info"));
  const containers = parsed<ApiContainer[]>(text("containers"));
  return {
    version,
    file: text("daemonJsonPath"),
    configuration: text("daemonJson") === "" ? {} : parsed<Record<string, unknown>>(text("daemonJson")),
    arguments: lines("arguments"),
    runs: /ActiveState=active/.test(text("dockerService")),
    socketActivated:
      /LoadState=loaded/.test(text("dockerSocket")) &&
      (/ActiveState=active/.test(text("dockerSocket")) || !/ActiveState=active/.test(text("dockerService"))),
    containers: (containers ?? []).map(({ Names = [] }) => (Names[0] ?? "").replace(/^\//, "")),
    swarm: !["", "inactive", undefined].includes(info?.Swarm?.LocalNodeState),
  };
}

/** Of `sshd -T`, which has a keyword in several lines where it has several values. */
function settings(lines: string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const line of lines) {
    const [keyword, ...values] = line.split(" ");
    (found[keyword] ??= []).push(...values);
  }
  return found;
}

function parsed<T>(json: string): T | undefined {
  try {
    return JSON.parse(json) as T;
  } catch {
    return undefined;
  }
}

/** The paragraphs of `apt-cache policy`. */
function candidates(policy: string): Record<string, string> {
  const found = [...policy.matchAll(/^(\S+):\n +Installed: .*\n +Candidate: (\S+)/gm)];
  return Object.fromEntries(
    found.flatMap(([, name, version]) => (version === "(none)" ? [] : [[name, version]])),
  );
}

/** A line of `ss -Htulpn`. */
function listener(line: string): Listener[] {
  const [protocol, , , , local = ""] = line.split(/\s+/);
  const [, address, port] = /^(.*):(\d+)$/.exec(local) ?? [];
  if (address === undefined) return [];
  return [{ protocol, address, port: Number(port), program: /users:\(\("([^"]*)"/.exec(line)?.[1] ?? "" }];
}
