import type { Entry } from "../../../../cli/audit/entry.ts";
import { OwnChecks, perhapsHealthCheck } from "../../../../cli/audit/ownChecks.ts";
import { inOrder } from "../../../../cli/audit/selection.ts";
import { refusals } from "../../../../cli/audit/words.ts";
import { recorded } from "./recorded";

const engineer = "203.0.113.7";
const entry = (kind: Entry["kind"], seconds: number, fields: Partial<Entry> = {}): Entry => ({
  kind,
  start: seconds * 1000,
  open: false,
  address: engineer,
  ...fields,
});
const health = (seconds: number) => entry("connection", seconds, { client: "health", duration: 200 });
const refused = (seconds: number, reason: string, fields: Partial<Entry> = {}) =>
  entry("refused", seconds, { reason, ...fields });

const probe = [
  health(100),
  refused(101, refusals.noCertificate),
  refused(102, refusals.foreign),
  refused(103, refusals.unlisted, { client: "unlisted" }),
  refused(104, refusals.oldTls),
  refused(105, refusals.neither),
];

function shown(entries: Entry[], checks = new OwnChecks()): Entry[] {
  return [...entries.flatMap((one) => checks.take(one)), ...checks.release()];
}

test("the health check and what it provokes is left out, and counted", () => {
  const checks = new OwnChecks();
  expect(shown([...probe, ...probe.map((one) => ({ ...one, start: one.start + 30_000 }))], checks)).toEqual(
    [],
  );
  expect(checks.leftOut).toHaveLength(12);
});

test("new clients' certificates that are tried after the health check are left out, and any other trial is shown", () => {
  const trial = (seconds: number, fields: Partial<Entry> = {}) =>
    entry("trial", seconds, { client: "alice", ...fields });
  expect(shown([...probe, trial(106), trial(150), trial(200)])).toEqual([]);
  const others = [trial(106, { address: "198.51.100.9" }), trial(200)];
  expect(shown([...probe, ...others])).toEqual(others);
  expect(shown([trial(99), ...probe])).toEqual([trial(99)]);
});

test("a name that the self-signed certificate claims doesn't matter", () => {
  const named = { ...probe[2], claimed: "self-signed", reason: refusals.foreign };
  expect(shown([probe[0], named])).toEqual([]);
  expect(shown([probe[0], { ...named, claimed: "alice" }])).toHaveLength(1);
});

test.each([
  ["from another address", probe.map((one, index) => (index ? { ...one, address: "198.51.100.9" } : one)), 5],
  ["without a connection of health's before", probe.slice(1), 5],
  ["long after one", [probe[0], ...probe.slice(1).map((one) => ({ ...one, start: one.start + 60_000 }))], 5],
  ["a second time", [...probe, ...probe.slice(1)], 5],
  [
    "with a client's name",
    probe.map((one) => (one.kind === "refused" ? { ...one, client: "alice" } : one)),
    5,
  ],
  ["for another reason", [health(100), refused(101, "too many connections from this address")], 1],
])("refusals %s are shown", (_, entries, count) => {
  expect(shown(entries)).toHaveLength(count);
});

describe("a removed client's bundle that the health check tries last", () => {
  const removed = (seconds: number, fields: Partial<Entry> = {}) =>
    refused(seconds, refusals.unlisted, { client: "bob", ...fields });
  const noted = (...entries: Entry[]) => shown(entries).map(({ client, note }) => [client, note]);

  test("is shown, with a note that it may be that", () => {
    expect(noted(...probe, removed(106), removed(107, { client: "carol" }))).toEqual([
      ["bob", perhapsHealthCheck],
      ["carol", perhapsHealthCheck],
    ]);
  });

  test.each([
    ["before the health check is through", [...probe.slice(0, -1), removed(106)]],
    ["from another address", [...probe, removed(106, { address: "198.51.100.9" })]],
    ["long after", [...probe, removed(161)]],
    ["without a health check", [removed(106)]],
    ["for another reason", [...probe, removed(106, { reason: "more than 3 connections at once" })]],
  ])("is somebody else's %s", (_, entries) => {
    expect(noted(...entries)).toEqual([["bob", undefined]]);
  });

  test("is somebody else's the second time", () => {
    expect(noted(...probe, removed(106), removed(107))).toEqual([
      ["bob", perhapsHealthCheck],
      ["bob", undefined],
    ]);
  });
});

const socket = (seconds: number) => entry("local", seconds, { address: undefined, duration: 500 });
const loopback = (seconds: number) => refused(seconds, refusals.noCertificate, { address: "127.0.0.1" });

test("a transaction's two requests are left out", () => {
  expect(shown([socket(10), loopback(11)])).toEqual([]);
});

test("what else comes from the machine itself is shown", () => {
  const people = [socket(10), loopback(40), loopback(41), socket(50), socket(51)];
  expect(shown(people)).toEqual(expect.arrayContaining(people));
  expect(shown([socket(10), socket(11), loopback(12)])).toEqual([socket(10)]);
});

test("a connection from the machine itself is held back no longer than a transaction takes", () => {
  const checks = new OwnChecks();
  expect(checks.take(socket(10))).toEqual([]);
  expect(checks.release(20_000)).toEqual([]);
  expect(checks.release(26_000)).toEqual([socket(10)]);
  expect(checks.release()).toEqual([]);
});

test("on a real machine the transactions' checks go, and everything else stays", () => {
  const history = recorded("after-revocation");
  const checks = new OwnChecks();
  const all = inOrder(history, undefined, false);
  const kept = inOrder(history, checks, false);
  expect(checks.leftOut).toHaveLength(4);
  expect(all.filter((one) => !kept.includes(one)).map(({ kind, address }) => [kind, address])).toEqual([
    ["local", undefined],
    ["refused", "127.0.0.1"],
    ["local", undefined],
    ["refused", "127.0.0.1"],
  ]);
  expect(kept.map(({ start }) => start)).toEqual(kept.map(({ start }) => start).toSorted((a, b) => a - b));
});
