import type { DaemonArgs } from "../../daemon/daemonArgs";
import type { Problem } from "../../validation";
import type { SshHostArgs } from "./args";
import type { HostFacts } from "./facts";

/** The oldest versions with everything that is used: each was tried. */
const oldest = { debian: 12, ubuntu: 22.04, haproxy: 2.6, docker: 20.1, systemd: 249 };

const frontDoor = 2376;

/** Packages that a host needs besides Docker. */
const needed = ["haproxy", "socat", "curl"];

/** Docker as Debian and Ubuntu have it, for a host without. */
const docker = ["docker.io", "iptables", "ca-certificates", "xz-utils"];

/** What the host lacks and gets. */
export function wantedPackages(facts: HostFacts): string[] {
  return [...needed.filter((name) => !facts.installed.includes(name)), ...(facts.hadDocker ? [] : docker)];
}

/** Why a host can't be adopted as it is, none when it can. */
export function hostProblems(facts: HostFacts, args: SshHostArgs, daemon: DaemonArgs): Problem[] {
  const reasons = [
    ...systemReasons(facts),
    ...otherDockers(facts, args),
    ...dockerReasons(facts, daemon),
    ...portReasons(facts, args),
    ...firewallReasons(facts, args),
  ];
  return reasons.map((reason) => ({ propertyPath: "ssh.host", reason: `${args.host}: ${reason}` }));
}

/** HAProxy as the releases have it, by their packages' lists. */
const releases: Record<string, string> = { "debian 12": "2.6", "ubuntu 22.04": "2.4", "ubuntu 24.04": "2.8" };

/** The HAProxy that is there, or will be; its package lists may never have been read. */
export function haproxyVersion({ system, haproxy, candidates }: HostFacts): string {
  return haproxy ?? candidates.haproxy ?? releases[`${system.id} ${system.version}`] ?? "3.0";
}

function systemReasons(facts: HostFacts): string[] {
  const { system, systemd } = facts;
  const version = Number(system.version);
  const isOld =
    (system.id === "debian" && version < oldest.debian) ||
    (system.id === "ubuntu" && version < oldest.ubuntu);
  if (!["debian", "ubuntu"].includes(system.id) || isOld)
    return [
      `its system is ${system.name || "unknown"}; a host needs Debian 12, Ubuntu 22.04, or a newer one`,
    ];
  if (systemd < oldest.systemd)
    return [
      `its systemd is ${systemd || "not there"}, and ${oldest.systemd} or newer is needed; upgrade the host's system`,
    ];
  const offered = haproxyVersion(facts);
  if (Number(/^\d+\.\d+/.exec(offered)?.[0]) < oldest.haproxy)
    return [
      `its HAProxy is ${offered}, and ${oldest.haproxy} or newer is needed; install one there: add-apt-repository ppa:vbernat/haproxy-2.8 && apt-get install haproxy=2.8.\\*`,
    ];
  return [];
}

function otherDockers(facts: HostFacts, { user = "root" }: SshHostArgs): string[] {
  const found: string[] = [];
  if (facts.snap)
    found.push(
      "its Docker is a snap, which can't be configured as is needed; replace it by Debian's or Docker's package: snap remove docker && apt-get install docker.io",
    );
  if (facts.rootless)
    found.push(
      `it has a rootless Docker, of which nothing can be shared safely; end it there: dockerd-rootless-setuptool.sh uninstall (as its user${user === "root" ? "" : `, perhaps ${user}`})`,
    );
  if (facts.installed.includes("podman-docker"))
    found.push(
      "its docker command is podman's (package podman-docker), beside which Docker's can't be installed; remove it there: apt-get remove podman-docker",
    );
  return found;
}

function dockerReasons({ docker: found }: HostFacts, { liveRestore }: DaemonArgs): string[] {
  if (found === undefined) return [];
  const reasons: string[] = [];
  const [major = 0, minor = 0] = found.version.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 10))
    reasons.push(`its Docker is ${found.version}, and 20.10 or newer is needed; upgrade it there`);
  if (found.configuration === undefined)
    reasons.push(
      `${found.file} there is no JSON, so that nobody knows what is to be kept of it; put it right (dockerd --validate)`,
    );
  if (found.swarm && liveRestore !== false)
    reasons.push(
      "it is in a Swarm, with which containers can't go on while dockerd restarts; write daemon.liveRestore: false, which lets the restart end them, or let it leave the Swarm (docker swarm leave)",
    );
  return reasons;
}

/** Where dockerd itself is on the port, that is a matter of its hosts. */
function portReasons({ listeners, adopted }: HostFacts, { host }: SshHostArgs): string[] {
  const taken = listeners.find(({ protocol, port }) => protocol === "tcp" && port === frontDoor);
  if (taken === undefined || taken.program === "dockerd" || (adopted && taken.program === "haproxy"))
    return [];
  return [
    `port ${frontDoor} is taken there by ${taken.program || "another program"} at ${taken.address}; the front door needs it: stop that program (ss -Htlpn 'sport = ${frontDoor}' on ${host})`,
  ];
}

function firewallReasons({ firewall }: HostFacts, { host }: SshHostArgs): string[] {
  const port = String(frontDoor);
  const ufwRuns = /^Status: active/m.test(firewall.ufw);
  if (ufwRuns && !new RegExp(`^${port}(/tcp)? `, "m").test(firewall.ufw))
    return [
      `its firewall (ufw) closes port ${port}; open it there, perhaps for your addresses alone: ufw allow proto tcp from 203.0.113.0/24 to any port ${port}`,
    ];
  if (/^running/m.test(firewall.firewalld) && !firewall.firewalld.includes(`${port}/tcp`))
    return [
      `its firewall (firewalld) closes port ${port}; open it there: firewall-cmd --permanent --add-port=${port}/tcp && firewall-cmd --reload`,
    ];
  // ufw has answered for its own tables, and rules for IPv6 don't matter to an IPv4 address or to a name.
  const others = (table: string) =>
    !(ufwRuns && /^ip6? filter$/.test(table)) && (host.includes(":") || !table.startsWith("ip6 "));
  const closed = [...firewall.nftables.matchAll(/table (\S+ \S+) \{[^]*?\n\}/g)].find(
    ([text, table]) =>
      others(table) &&
      /hook input[^\n]*policy drop/.test(text) &&
      !new RegExp(`dport[^\\n]*\\b${port}\\b`).test(text),
  );
  if (closed !== undefined) {
    const chain = /chain (\S+) \{\s*type filter hook input/.exec(closed[0])?.[1] ?? "input";
    return [
      `its firewall (nftables, table ${closed[1]}) closes port ${port}; open it there: nft add rule ${closed[1]} ${chain} tcp dport ${port} accept, and in /etc/nftables.conf`,
    ];
  }
  return [];
}

/** What was found on a host that is to be adopted, and what will change there: lines for whoever runs `up`. */
export function plan(facts: HostFacts, args: SshHostArgs, daemon: DaemonArgs): string[] {
  const { system, docker: found } = facts;
  const lines = [
    `${args.host} has ${system.name}, ${found === undefined ? "no Docker" : `Docker ${found.version}${found.runs ? "" : ", which doesn't run"}`}.`,
  ];
  const packages = wantedPackages(facts).map((name) => `${name} ${facts.candidates[name] ?? ""}`.trim());
  if (packages.length > 0) lines.push(`Will be installed there: ${packages.join(", ")}.`);
  if (found !== undefined) lines.push(...daemonPlan(found, daemon));
  const open = facts.listeners.filter(
    ({ address, port }) => !/^(127\.|\[::1\])/.test(address) && port !== frontDoor,
  );
  if (open.length > 0)
    lines.push(
      `Stays open there besides ${frontDoor}, and is not this program's matter: ${[...new Set(open.map(({ protocol, port, program }) => `${port}/${protocol}${program === "" ? "" : ` (${program})`}`))].join(", ")}.`,
    );
  lines.push("destroy gives the host back as it was.");
  return lines;
}

function daemonPlan(found: NonNullable<HostFacts["docker"]>, { liveRestore }: DaemonArgs): string[] {
  const lines: string[] = [];
  const keys = Object.keys(found.configuration ?? {});
  if (keys.length > 0) lines.push(`Stays of its ${found.file}: ${keys.join(", ")}.`);
  if (!found.runs) return lines;
  const { containers } = found;
  const names = containers.length === 0 ? "no container runs" : containers.join(", ");
  if (liveRestore === false) lines.push(`dockerd is restarted once, which ends its containers: ${names}.`);
  else lines.push(`dockerd is restarted once; its containers go on: ${names}.`);
  return lines;
}
