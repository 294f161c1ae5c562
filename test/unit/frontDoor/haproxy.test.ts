import { readFileSync } from "node:fs";
import { join } from "node:path";
import { firstBootHaproxyConfiguration } from "../../../components/frontDoor/haproxyFirstBoot";
import { haproxyConfiguration } from "../../../components/frontDoor/haproxy";
import { trialServerName } from "../../../components/frontDoor/trial";

const alice = { name: "alice", fingerprint: "a".repeat(64) };
const bob = { name: "bob", fingerprint: "b".repeat(64) };

function configuration(changes: Partial<Parameters<typeof haproxyConfiguration>[0]> = {}): string {
  const usual = { clients: [alice], daemonAddress: "127.0.0.1:2378", plainListener: false, folder: "/etc/x" };
  return haproxyConfiguration({ ...usual, ...changes });
}

test("clients come by IPv6 only where the machine has it: elsewhere the front door couldn't start", () => {
  expect(configuration({})).not.toContain("bind ::");
  expect(configuration({ ipv6: true })).toMatch(/^ {4}bind \*:2376\n {4}bind :::2376 v6only$/m);
});

test("only 2376 is open, and only root has a way in without a certificate", () => {
  expect(binds(configuration())).toEqual([
    "*:2376",
    "abns@remote-docker-tls",
    "abns@remote-docker-trial",
    "unix@/run/remote-docker.sock",
  ]);
  expect(configuration()).toContain("bind unix@/run/remote-docker.sock mode 600 user root group root\n");
  expect(binds(firstBootHaproxyConfiguration())).toEqual(["*:2376"]);
});

test("an address is limited, of IPv6 its network, unless everybody has it", () => {
  const tracked = (text: string) =>
    lines(text).filter((line) => line.includes(" track-sc") && line.includes("src"));
  expect(tracked(configuration())).toEqual([
    "tcp-request connection track-sc0 src,ipmask(32,64) table addresses",
    "tcp-request content track-sc1 src,ipmask(32,64) table addresses_of_ssh",
  ]);
  for (const line of tracked(configuration({ sharedAddress: "10.0.2.2" })))
    expect(line).toContain(" unless { src 10.0.2.2 }");
});

test("a plain listener is on the machine's own loopback", () => {
  expect(binds(configuration({ plainListener: true }))).toContain("127.0.0.1:2375");
});

test.each([
  ["1.2", "TLSv1.2 ciphers ECDHE-ECDSA-AES128-GCM-SHA256:"],
  ["1.3", "TLSv1.3"],
] as const)("clients need TLS %s and a certificate", (minimumTls, version) => {
  const text = configuration({ minimumTls });
  const [bind] = lines(text).filter((line) => line.includes("bind abns@remote-docker-tls"));
  expect(bind).toContain(` ca-file "\${FRONT_DOOR}/root.pem" verify required ssl-min-ver ${version}`);
});

test("dockerd's certificate is verified, by its issuer and its name", () => {
  const servers = lines(configuration()).filter((line) => line.includes("inner-client.pem"));
  expect(servers).toHaveLength(2);
  for (const server of servers) {
    expect(server).toContain('ca-file "${FRONT_DOOR}/inner-issuer.pem" verify required verifyhost localhost');
  }
});

test("each client has one server line to the daemon and one to published ports, whatever their order", () => {
  const text = configuration({ clients: [bob, alice] });
  expect(lines(text).filter((line) => /^server (alice|bob):/.test(line))).toEqual([
    "server alice:aaaaaaaaaaaaaaaa 127.0.0.1:2378",
    "server bob:bbbbbbbbbbbbbbbb 127.0.0.1:2378",
    "server alice:aaaaaaaaaaaaaaaa 127.0.0.1",
    "server bob:bbbbbbbbbbbbbbbb 127.0.0.1",
  ]);
  expect(configuration({ clients: [alice, bob] })).toBe(text);
});

test("only who is on the allow-list is counted, by name, and refused before anything reaches the daemon", () => {
  const rules = lines(configuration()).filter((line) => line.startsWith("tcp-request content"));
  const places = [
    "reject if !{ var(txn.server) -m found }",
    "track-sc0 var(txn.client) table clients",
    "reject if { var(txn.connections) -m found } { sc_conn_cur(0),sub(txn.connections) gt 0 }",
    "reject if { var(txn.per_minute) -m found } { sc_gpc0_rate(0),sub(txn.per_minute) ge 0 }",
    "set-var(txn.event) str(connection)",
  ].map((rule) => rules.indexOf(`tcp-request content ${rule}`));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
});

test("a certificate is tried after the allow-list was asked, by the name that trial.js dials, and before its client's limits", () => {
  const rules = lines(configuration()).filter((line) => line.startsWith("tcp-request content"));
  const places = [
    "reject if !{ var(txn.server) -m found }",
    `set-var(txn.event) str(trial) if { ssl_fc_sni,lower -m str ${trialServerName} }`,
    "accept if { var(txn.event) -m str trial }",
    "track-sc0 var(txn.client) table clients",
  ].map((rule) => rules.indexOf(`tcp-request content ${rule}`));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(readFileSync(join(__dirname, "../../../components/clients/trial.js"), "utf8")).toContain(
    `const trialServerName = "${trialServerName}";`,
  );
});

test("a name that a stranger wrote into a certificate is escaped and cut", () => {
  const names = configuration().match(/ssl_c_s_dn\(CN\)[^\]]*/g);
  expect(names).toEqual(Array(2).fill("ssl_c_s_dn(CN),bytes(0,64),json(utf8s)"));
});

test("a line of the log is JSON once its values are filled in", () => {
  const formats = lines(configuration()).flatMap(
    (line) => /^(?:error-)?log-format '(.*)'$/.exec(line)?.[1] ?? [],
  );
  expect(formats).toHaveLength(4);
  for (const format of formats) {
    expect(() =>
      JSON.parse(format.replace(/%\[[^\]]*\]|%[A-Za-z]+/g, "0").replaceAll("0.0", "0")),
    ).not.toThrow();
  }
});

test("before the first transaction only SSH is let in", () => {
  expect(
    lines(firstBootHaproxyConfiguration()).filter((line) => /^(use|default)_backend/.test(line)),
  ).toEqual(["default_backend sshd"]);
});

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim());
}

function binds(text: string): string[] {
  return lines(text).flatMap((line) => /^bind (\S+)/.exec(line)?.[1] ?? []);
}

test("clients by SSH come by a socket of their own, are on the same list and limited like all others", () => {
  const text = configuration({ sshClients: true });
  expect(binds(text)).toContain("unix@/var/lib/remote-docker-ssh/door/socket");
  const rules = text.slice(text.indexOf("frontend ssh_clients"), text.indexOf("\nbackend daemon"));
  expect(rules).toContain("set-var(txn.fingerprint) fc_pp_authority");
  expect(rules).toContain("reject if !{ var(txn.server) -m found }");
  expect(rules).toContain("track-sc0 var(txn.client) table clients");
  expect(configuration()).not.toContain("ssh_clients");
});
