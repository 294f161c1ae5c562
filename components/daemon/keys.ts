import { isIP } from "node:net";
import { z } from "zod";

/** What becomes of a key of daemon.json that is passed through. */
export type KeyRule =
  /** An option of the daemon's writes it. */
  | { modelled: string }
  /** It is not taken, because … */
  | { refused: string }
  /** It goes into daemon.json as it is, unless its value is refused because of what `problem` says. */
  | { passed: true; problem?: (value: unknown) => string | undefined };

const modelled = (option: string): KeyRule => ({ modelled: option });
const refused = (reason: string): KeyRule => ({ refused: reason });
const passed: KeyRule = { passed: true };

const mutualTls = refused("would weaken the daemon's mutual TLS");
const asItIs = refused("belongs to how the machine starts dockerd");
const firewall: KeyRule = {
  passed: true,
  problem: (value) =>
    value === false
      ? "false would leave published ports and containers without the rules that keep others from them; remove it"
      : undefined,
};

const optionsOfDrivers = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Every key of daemon.json that dockerd 20.10 to 26.1 knows (moby, daemon/config/config.go and config_linux.go), and what
 * becomes of it as `daemonExtra`. dockerd itself checks a key of a newer one.
 */
export const daemonKeys: Record<string, KeyRule> = {
  "allow-nondistributable-artifacts": passed,
  "api-cors-header": refused("would let web pages use the daemon"),
  "authorization-plugins": refused(
    "would keep the health check and the front door from dockerd until the plugin runs",
  ),
  bip: passed,
  bridge: passed,
  builder: modelled("builderGc"),
  "cdi-spec-dirs": passed,
  "cgroup-parent": passed,
  "cluster-advertise": refused("is of a Swarm that dockerd has no more"),
  "cluster-store": refused("is of a Swarm that dockerd has no more"),
  "cluster-store-opts": refused("is of a Swarm that dockerd has no more"),
  containerd: asItIs,
  "containerd-namespace": asItIs,
  "containerd-plugin-namespace": asItIs,
  "cpu-rt-period": passed,
  "cpu-rt-runtime": passed,
  "cri-containerd": asItIs,
  "data-root": modelled("dataRoot"),
  debug: modelled("debug"),
  "default-address-pools": passed,
  "default-cgroupns-mode": passed,
  "default-gateway": passed,
  "default-gateway-v6": passed,
  "default-ipc-mode": passed,
  "default-network-opts": {
    passed: true,
    problem: (value) =>
      optionsOfDrivers.safeParse(value).success
        ? undefined
        : `${JSON.stringify(value)} is not the options of networks by their drivers; write them like {bridge: {com.docker.network.driver.mtu: "1400"}}`,
  },
  "default-runtime": passed,
  "default-shm-size": passed,
  "default-ulimits": passed,
  dns: modelled("dns"),
  "dns-opts": passed,
  "dns-search": passed,
  "exec-opts": passed,
  "exec-root": asItIs,
  experimental: passed,
  features: passed,
  "fixed-cidr": passed,
  "fixed-cidr-v6": passed,
  graph: refused("is the former name of data-root"),
  group: refused(
    "would give the daemon's own socket, and with it root on the machine, to other accounts there",
  ),
  hosts: refused("would open the daemon besides the front door"),
  "host-gateway-ip": passed,
  "http-proxy": passed,
  "https-proxy": passed,
  icc: passed,
  init: passed,
  "init-path": refused("would run another program than Docker's in every container"),
  "insecure-registries": refused(
    "would take images from whoever stands in between; give the registry a certificate, and the machine its issuer (/etc/docker/certs.d)",
  ),
  ip: modelled("ip"),
  "ip-forward": passed,
  "ip-masq": passed,
  ip6tables: passed,
  iptables: firewall,
  ipv6: passed,
  labels: modelled("labels"),
  "live-restore": modelled("liveRestore"),
  "log-driver": modelled("logDriver"),
  "log-format": refused("would hide from `up` what dockerd says of a change"),
  "log-level": refused("would hide from `up` what dockerd says of a change; daemon.debug makes it say more"),
  "log-opts": modelled("logMaxSize and logMaxFiles"),
  "max-concurrent-downloads": passed,
  "max-concurrent-uploads": passed,
  "max-download-attempts": passed,
  "metrics-addr": {
    passed: true,
    problem: (value) =>
      isLoopback(value)
        ? undefined
        : `${JSON.stringify(value)} would offer the daemon's metrics to others; write an address like 127.0.0.1:9323`,
  },
  mtu: passed,
  "network-control-plane-mtu": passed,
  "network-diagnostic-port": refused("would open a port of the daemon's without any check of who asks"),
  "no-new-privileges": passed,
  "no-proxy": passed,
  "node-generic-resources": passed,
  "oom-score-adjust": passed,
  pidfile: asItIs,
  proxies: passed,
  "raw-logs": refused("would hide from `up` what dockerd says of a change"),
  "registry-mirrors": modelled("registryMirrors"),
  rootless: asItIs,
  runtimes: passed,
  "seccomp-profile": refused(
    "would let containers make calls to the kernel that Docker's own profile keeps from them",
  ),
  "selinux-enabled": passed,
  "shutdown-timeout": passed,
  "storage-driver": passed,
  "storage-opts": passed,
  "swarm-default-advertise-addr": passed,
  "swarm-raft-election-tick": passed,
  "swarm-raft-heartbeat-tick": passed,
  tls: mutualTls,
  tlscacert: mutualTls,
  tlscert: mutualTls,
  tlskey: mutualTls,
  tlsverify: mutualTls,
  "userland-proxy": passed,
  "userland-proxy-path": refused("would run another program than Docker's for published ports, as root"),
  "userns-remap": passed,
};

function isLoopback(value: unknown): boolean {
  const match = /^(.*):[0-9]+$/.exec(String(value));
  if (match === null) return false;
  const host = match[1].replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
