import type { HostFacts } from "../../../../components/machine/ssh/facts";
import {
  haproxyVersion,
  hostProblems,
  plan,
  wantedPackages,
} from "../../../../components/machine/ssh/findings";
import { docker, facts } from "./facts";

const args = { host: "build.example.com" };

/** What is said of a host that differs from a fine one. */
function said(different: Partial<HostFacts>, daemon = {}): string {
  return hostProblems({ ...facts, ...different }, args, daemon)
    .map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`)
    .join("\n");
}

test("a host that has nothing against it is adopted", () => {
  expect(said({})).toBe("");
});

const ubuntu = (version: string) => ({ id: "ubuntu", version, name: `Ubuntu ${version} LTS` });

test.each<[string, Partial<HostFacts>, RegExp]>([
  [
    "an old Debian",
    { system: { id: "debian", version: "11", name: "Debian 11" } },
    /Debian 11; a host needs Debian 12/,
  ],
  [
    "another system",
    { system: { id: "fedora", version: "43", name: "Fedora 43" } },
    /its system is Fedora 43/,
  ],
  ["an old systemd", { systemd: 247 }, /its systemd is 247, and 249 or newer/],
  [
    "Ubuntu 22.04's HAProxy",
    { system: ubuntu("22.04"), candidates: {} },
    /HAProxy is 2\.4.*ppa:vbernat\/haproxy-2\.8/,
  ],
  ["a snap's Docker", { snap: true }, /Docker is a snap.*snap remove docker/],
  ["a rootless Docker", { rootless: true }, /rootless Docker.*uninstall/],
  ["podman-docker", { installed: ["podman-docker"] }, /podman's.*apt-get remove podman-docker/],
  ["an old Docker", { docker: { ...docker, version: "19.03.15" } }, /Docker is 19\.03\.15, and 20\.10/],
  [
    "a broken daemon.json",
    { docker: { ...docker, configuration: undefined } },
    /daemon\.json there is no JSON/,
  ],
  ["a Swarm", { docker: { ...docker, swarm: true } }, /Swarm.*daemon\.liveRestore: false/],
  [
    "another program on the port",
    { listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 2376, program: "nginx" }] },
    /port 2376 is taken there by nginx/,
  ],
  [
    "ufw",
    { firewall: { ...facts.firewall, ufw: "Status: active\n22/tcp ALLOW Anywhere" } },
    /ufw allow proto tcp/,
  ],
  [
    "firewalld",
    { firewall: { ...facts.firewall, firewalld: "running\npublic (active)\n  ports: 22/tcp" } },
    /firewall-cmd --permanent --add-port=2376\/tcp/,
  ],
  [
    "nftables",
    {
      firewall: {
        ...facts.firewall,
        nftables:
          "table inet filter {\n\tchain in {\n\t\ttype filter hook input priority 0; policy drop;\n\t\ttcp dport 22 accept\n\t}\n}",
      },
    },
    /nft add rule inet filter in tcp dport 2376 accept/,
  ],
])("%s is refused, with what to do", (_, different, message) => {
  expect(said(different)).toMatch(message);
  expect(said(different)).toMatch(/^ssh\.host: build\.example\.com: /);
});

test.each<[string, Partial<HostFacts>]>([
  [
    "ufw that lets the port through",
    { firewall: { ...facts.firewall, ufw: "Status: active\n2376/tcp ALLOW 203.0.113.0/24" } },
  ],
  [
    "ufw that lets it through for IPv4 alone, with its own tables for both",
    {
      firewall: {
        ...facts.firewall,
        ufw: "Status: active\n2376/tcp ALLOW 203.0.113.0/24",
        nftables:
          "table ip6 filter {\n\tchain INPUT {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}",
      },
    },
  ],
  [
    "nftables that does",
    {
      firewall: {
        ...facts.firewall,
        nftables:
          "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t\ttcp dport { 22, 2376 } accept\n\t}\n}",
      },
    },
  ],
  [
    "its own front door",
    { adopted: true, listeners: [{ protocol: "tcp", address: "0.0.0.0", port: 2376, program: "haproxy" }] },
  ],
  ["Ubuntu 24.04", { system: ubuntu("24.04"), candidates: {} }],
])("%s is fine", (_, different) => {
  expect(said(different)).toBe("");
});

test("in a Swarm it is fine when containers may end", () => {
  expect(said({ docker: { ...docker, swarm: true } }, { liveRestore: false })).toBe("");
});

test("a host gets what it lacks, and Docker where it had none before", () => {
  expect(wantedPackages(facts)).toEqual(["haproxy", "socat"]);
  expect(wantedPackages({ ...facts, docker: undefined, hadDocker: false })).toContain("docker.io");
  expect(wantedPackages({ ...facts, hadDocker: false })).toContain("docker.io");
});

test("the front door's version is the installed one, else the one that will be", () => {
  expect(haproxyVersion({ ...facts, haproxy: "3.0.11" })).toBe("3.0.11");
  expect(haproxyVersion(facts)).toBe("2.6.12-1");
  expect(haproxyVersion({ ...facts, candidates: {} })).toBe("2.6");
});

test("the plan names what ends where containers can't go on", () => {
  expect(plan(facts, args, { liveRestore: false }).join("\n")).toContain("which ends its containers: web");
  expect(plan(facts, args, {}).join("\n")).toContain("its containers go on: web");
});
