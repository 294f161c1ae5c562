import type { DockerFacts, HostFacts } from "../../../../components/machine/ssh/facts";

/** A Docker daemon of Debian 12's. */
export const docker: DockerFacts = {
  version: "20.10.24",
  file: "/etc/docker/daemon.json",
  configuration: {},
  arguments: ["-H", "fd://"],
  runs: true,
  socketActivated: true,
  containers: ["web"],
  swarm: false,
};

/** A host with Debian 12 that has nothing against being adopted. */
export const facts: HostFacts = {
  system: { id: "debian", version: "12", name: "Debian GNU/Linux 12 (bookworm)" },
  systemd: 252,
  machineId: "0123456789abcdef0123456789abcdef",
  hostKeys: ["ssh-ed25519 AAAA"],
  adopted: false,
  docker,
  hadDocker: true,
  candidates: { haproxy: "2.6.12-1", socat: "1.7.4.4-2" },
  installed: ["docker.io", "curl"],
  snap: false,
  rootless: false,
  sshd: {
    pubkeyauthentication: ["yes"],
    authorizedkeysfile: [".ssh/authorized_keys", ".ssh/authorized_keys2"],
    authenticationmethods: ["any"],
    forcecommand: ["none"],
    chrootdirectory: ["none"],
  },
  account: "",
  listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 22, program: "sshd" }],
  firewall: { ufw: "", firewalld: "", nftables: "" },
};
