import {
  type ConfigurationSetArgs,
  configurationSet,
  digest,
} from "../../../components/host/configurationSet";

const pair = (name: string) => ({ certificate: `certificate of ${name}\n`, key: `key of ${name}\n` });
const alice = { name: "alice", fingerprint: "a".repeat(64) };
const bob = { name: "bob", fingerprint: "b".repeat(64) };

const usual: ConfigurationSetArgs = {
  root: "root\n",
  server: pair("server"),
  inner: { issuer: "issuer\n", server: pair("inner server"), client: pair("inner client") },
  clients: [alice],
  daemon: {},
  daemonExtra: {},
};

/** The parts of the set that a change touches. */
function touched(changes: Partial<ConfigurationSetArgs>): string[] {
  const [before, after] = [configurationSet(usual), configurationSet({ ...usual, ...changes })];
  const files = Object.keys(after).filter((file) => after[file] !== before[file]);
  return [...new Set(files.map((file) => file.split("/")[0]))].sort();
}

test.each<[string, Partial<ConfigurationSetArgs>]>([
  ["another client", { clients: [alice, bob] }],
  ["a client's new certificate", { clients: [{ ...alice, fingerprint: "c".repeat(64) }] }],
  ["a new root", { root: "another\n" }],
  ["a new server certificate", { server: pair("another") }],
  ["a client's limit", { limits: { alice: { connections: 3 } } }],
  ["the plain listener", { daemon: { plainListener: true } }],
])("%s is the front door's affair alone", (_, changes) => {
  expect(touched(changes)).toEqual(["frontDoor"]);
});

test("a port that is opened is the firewall's affair alone", () => {
  expect(touched({ openPorts: [{ port: 8080, protocol: "tcp" }] })).toEqual(["firewall"]);
});

test("a host that was there before keeps its owner's firewall", () => {
  const theirs = {
    ...{ members: {}, arguments: [], socketActivated: true, sockets: [] },
    ...{ version: "26.1.5", haproxy: "3.0.11" },
  };
  const files = Object.keys(configurationSet({ ...usual, theirs }));
  expect(files.filter((file) => file.startsWith("firewall/"))).toEqual([]);
});

test("an option that dockerd takes up by itself needs a reload of dockerd alone", () => {
  expect(touched({ daemon: { debug: true } })).toEqual(["daemon"]);
});

test.each<[string, Partial<ConfigurationSetArgs>]>([
  ["another option", { daemon: { dns: ["192.0.2.53"] } }],
  ["a key that is passed through", { daemonExtra: { mtu: 1400 } }],
])("%s needs a restart of dockerd, and leaves the front door alone", (_, changes) => {
  expect(touched(changes)).toEqual(["daemon", "restart"]);
});

test("a new inner pair concerns both sides", () => {
  const inner = { issuer: "other\n", server: pair("other server"), client: pair("other client") };
  expect(touched({ inner })).toEqual(["frontDoor", "restart"]);
});

test("dockerd never gets the front door's keys, nor the front door dockerd's", () => {
  const set = configurationSet(usual);
  const ofPart = (part: string) =>
    Object.entries(set).flatMap(([file, text]) => (file.startsWith(`${part}/`) ? [text] : []));
  expect(ofPart("restart").join("")).not.toMatch(/key of (server|inner client)/);
  expect(ofPart("frontDoor").join("")).not.toMatch(/key of inner server/);
});

test("the digest tells two sets apart", () => {
  const set = configurationSet(usual);
  expect(digest(set)).toBe(digest(configurationSet({ ...usual })));
  expect(digest(set)).not.toBe(digest(configurationSet({ ...usual, server: pair("another") })));
  expect(digest(set)).toMatch(/^[0-9a-f]{64}$/);
});
