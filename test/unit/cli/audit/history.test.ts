import { parseHistory } from "../../../../cli/audit/history.ts";
import { at, recorded, recordedLines } from "./recorded";

const alice = { kind: "connection", client: "alice", address: "10.0.2.2" };

test("a connection that ended has client, address, duration, bytes, and how it ended", () => {
  const { connections } = recorded("after-revocation");
  expect(connections.find(({ port }) => port === 59022)).toEqual({
    ...alice,
    fingerprint: "9847128a5b70645151674e8640c1990940aa929c127047798a565aa950c74be9",
    port: 59022,
    start: at("11:21:38.661"),
    open: false,
    duration: 19046,
    sent: 2238,
    received: 837,
    termination: "KC",
    ended: "ended because revoked",
  });
});

test("refusals say why in plain words", () => {
  const { connections } = recorded("after-revocation");
  const refused = connections.filter(({ kind, address }) => kind === "refused" && address === "10.0.2.2");
  expect(refused.map(({ client, reason }) => [client, reason])).toEqual([
    ["unlisted", "not on the allow-list"],
    [undefined, "certificate isn't one of this stack's, or not valid now"],
    [undefined, "no certificate"],
    [undefined, "TLS version too old"],
  ]);
});

test("open connections have each its own address, age and bytes", () => {
  const open = recorded("while-connected").connections.filter((entry) => entry.open);
  const clients = open.filter(({ kind }) => kind === "connection");
  expect(clients.map(({ port, start }) => [port, start])).toEqual([
    [59014, at("11:21:38.645")],
    [59042, at("11:21:39.571")],
    [59022, at("11:21:38.661")],
    [59032, at("11:21:39.388")],
  ]);
  expect(clients[0]).toMatchObject({ ...alice, fingerprint: "9847128a5b706451", duration: 12_855 });
  expect(clients[0]).toMatchObject({ sent: 219, received: 1963 });
  expect(open.filter(({ kind }) => kind === "ssh")).toHaveLength(1);
});

test("an open connection whose socket isn't listed is shown without an address rather than with another's", () => {
  const lines = recordedLines("while-connected").filter((line) => !line.includes("fd=28"));
  const open = parseHistory(lines).connections.filter((entry) => entry.open && entry.client);
  expect(open.map(({ port }) => port)).toEqual([59014, undefined, 59022, 59032]);
});

test("the audit's own connection isn't shown as open", () => {
  const lines = recordedLines("while-connected").map((line) =>
    line.replace("127.0.0.1 51999", "127.0.0.1 51896"),
  );
  expect(parseHistory(lines).connections.filter(({ kind, open }) => kind === "ssh" && open)).toEqual([]);
});

test("a connection that ends while the machine is asked is shown once", () => {
  const later = recordedLines("after-revocation");
  const journal = later.slice(later.indexOf("== journal"));
  const ended = parseHistory([...recordedLines("while-connected"), ...journal]).connections;
  const alices = ended.filter(({ client, start }) => client === "alice" && start > at("11:21:38.500"));
  expect(alices).toHaveLength(4);
  expect(alices.filter(({ open }) => open)).toEqual([]);
});

test("open connections are dated by the machine's zone", () => {
  const lines = recordedLines("while-connected").map((line) =>
    line.replace("== zone +0000", "== zone +0130"),
  );
  const open = parseHistory(lines).connections.find((entry) => entry.open);
  expect(open?.start).toBe(at("09:51:38.645"));
});

test("a line that can't be read is shown, and HAProxy's words about itself aren't", () => {
  const journal = (message: unknown) =>
    JSON.stringify({ MESSAGE: message, __REALTIME_TIMESTAMP: "1795260098191532", __CURSOR: "s=1" });
  const lines = [
    "[NOTICE]   (523) : Loading success.",
    '{"event":"refused","client":"a"b"}',
    [...Buffer.from('{"event":"\xff"}', "latin1")],
    '{"event":"unheard of"}',
  ].map(journal);
  const { connections } = parseHistory(["== journal", ...lines]);
  expect(connections.map(({ kind, detail }) => [kind, detail])).toEqual([
    ["unreadable", '{"event":"refused","client":"a"b"}'],
    ["unreadable", '{"event":"ÿ"}'],
    ["unreadable", '{"event":"unheard of"}'],
  ]);
});

test("a handshake that failed has the name that the certificate claims, and no client", () => {
  const handshake = { reason: "SSL client certificate not trusted", detail: "certificate verify failed" };
  const fault = { certificate: "X509_V_ERR_CERT_HAS_EXPIRED", issuer: "X509_V_OK" };
  const message = JSON.stringify({ event: "refused", client: "alice", start: 5, ...handshake, ...fault });
  const line = JSON.stringify({ MESSAGE: message, __REALTIME_TIMESTAMP: "6000000", __CURSOR: "s=1" });
  expect(parseHistory(["== journal", line]).connections).toEqual([
    expect.objectContaining({ client: undefined, claimed: "alice", reason: "certificate expired" }),
  ]);
});

test("fields that are missing or new don't matter", () => {
  const message = JSON.stringify({
    event: "refused",
    start: 5.25,
    client: "-",
    reason: "too many",
    colour: "red",
  });
  const line = JSON.stringify({ MESSAGE: message, __REALTIME_TIMESTAMP: "6000000", __CURSOR: "s=1" });
  expect(parseHistory(["== journal", line]).connections).toEqual([
    expect.objectContaining({ kind: "refused", start: 5250, client: undefined, reason: "too many" }),
  ]);
});

test("Docker's events are read, and it is known since when there are log and events", () => {
  const history = recorded("after-revocation");
  expect(history.events.map(({ event }) => event?.action)).toEqual(
    "tag import create attach connect start disconnect die destroy".split(" "),
  );
  expect(history).toMatchObject({
    now: at("11:22:06.232"),
    daemonStarted: at("11:21:33"),
    oldest: expect.any(Number),
  });
  expect(history.cursor).toMatch(/^s=41ce34a3fb0d401f81bfe8b7a929bcb5;i=3a0;/);
});

test("a daemon that doesn't answer costs the events alone, and its words are kept", () => {
  const lines = recordedLines("after-revocation").filter((line) => !line.includes('"timeNano"'));
  const said =
    "Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?";
  const history = parseHistory([...lines, said, "== no-events 1"]);
  expect(history.eventsProblem).toBe(said);
  expect(history.connections).not.toEqual([]);
});
