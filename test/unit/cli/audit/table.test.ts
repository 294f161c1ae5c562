import { type Entry, jsonLine } from "../../../../cli/audit/entry.ts";
import { formatDuration, formatSize } from "../../../../cli/audit/format.ts";
import { cantBeShown, gaps, nothing } from "../../../../cli/audit/notes.ts";
import { inOrder, isSelected } from "../../../../cli/audit/selection.ts";
import { summary, Table, timeWithZone } from "../../../../cli/audit/table.ts";
import { parseFrontDoor } from "../../../../cli/audit/frontDoorLog.ts";
import { endedInWords, reasonInWords, refusals } from "../../../../cli/audit/words.ts";
import { at, recorded } from "./recorded";

const history = recorded("after-revocation");
const entries = inOrder(history, undefined, false);
const wanted = { since: at("11:00:00"), refused: false };
/** Times as the computer shows them that runs the test. */
const shown = (time: number) => timeWithZone(time);

test("the table's lines are aligned and tell who, from where, for how long, how much, how it ended", () => {
  const connected = entries.filter(({ client }) => client !== undefined);
  expect(new Table().lines(connected)).toEqual([
    "STARTED                    WHAT        CLIENT    FROM          FOR      SENT  RECEIVED",
    `${shown(at("11:21:37"))}  connected   alice     10.0.2.2     1.2s    2.0 MB     634 B  closed`,
    `${shown(at("11:21:38"))}  refused     unlisted  10.0.2.2                               not on the allow-list`,
    `${shown(at("11:21:38"))}  connected   alice     10.0.2.2    19.0s     219 B    2.0 kB  ended because revoked`,
    `${shown(at("11:21:38"))}  connected   alice     10.0.2.2    19.0s    2.2 kB     837 B  ended because revoked`,
    `${shown(at("11:21:39"))}  connected   alice     10.0.2.2    18.3s     299 B     131 B  ended because revoked`,
    `${shown(at("11:21:39"))}  connected   alice     10.0.2.2    18.1s     219 B     163 B  ended because revoked`,
  ]);
});

test("events say what happened to which object", () => {
  const [, ...lines] = new Table().lines(history.events);
  expect(
    lines.map((line) =>
      line
        .slice(26)
        .trim()
        .replace(/^event +/, ""),
    ),
  ).toEqual([
    "image tag tools:latest",
    "image import 9c0fa3cfa53b",
    "container create elated_montalcini (tools:latest)",
    "container attach elated_montalcini (tools:latest)",
    "network connect bridge (container e874bc931fb5)",
    "container start elated_montalcini (tools:latest)",
    "network disconnect bridge (container e874bc931fb5)",
    "container die elated_montalcini (tools:latest, exit code 0)",
    "container destroy elated_montalcini (tools:latest)",
  ]);
});

test("the summary has a line for each client", () => {
  expect(summary(entries)).toEqual([
    "CLIENT     CONNECTIONS  OPEN  REFUSED     SENT  RECEIVED  LAST SEEN",
    `(local)              2     0        0    160 B    2.0 kB  ${shown(at("11:21:56.890"))}`,
    `(ssh)                2     0        0  33.0 kB   10.1 kB  ${shown(at("11:21:58.741"))}`,
    `(unknown)            0     0        5      0 B       0 B  ${shown(at("11:21:57.063"))}`,
    `alice                5     0        0   2.0 MB    3.7 kB  ${shown(at("11:21:57.735"))}`,
    `unlisted             0     0        1      0 B       0 B  ${shown(at("11:21:38.366"))}`,
  ]);
  expect(summary(history.events)).toEqual([]);
});

test("a connection counts for all the time that it was open", () => {
  const at59014 = entries.find(({ port }) => port === 59014) as Entry;
  const within = (since: string, until: string) =>
    isSelected(at59014, { ...wanted, since: at(since), until: at(until) });
  expect(within("11:21:45", "11:21:46")).toBe(true);
  expect(within("11:21:00", "11:21:38")).toBe(false);
  expect(within("11:21:58", "11:30:00")).toBe(false);
});

test("one client, or refusals alone, are what is asked for and lines that nobody can read", () => {
  const unreadable: Entry = { kind: "unreadable", start: at("11:21:00"), open: false, detail: "{" };
  const kinds = (selection: object) =>
    [unreadable, ...entries.filter(({ kind }) => kind !== "event")]
      .filter((entry) => isSelected(entry, { ...wanted, ...selection }))
      .map(({ kind, client }) => [kind, client]);
  expect(kinds({ client: "unlisted" })).toEqual([
    ["unreadable", undefined],
    ["refused", "unlisted"],
  ]);
  expect(new Set(kinds({ refused: true }).map(([kind]) => kind))).toEqual(new Set(["unreadable", "refused"]));
});

test("a name that only a certificate claims is found, but neither shown nor counted as the client's", () => {
  const claimed: Entry = {
    kind: "refused",
    start: 0,
    open: false,
    claimed: "alice",
    reason: "certificate expired",
  };
  expect(isSelected(claimed, { since: 0, refused: true, client: "alice" })).toBe(true);
  expect(new Table().line(claimed)).toMatch(/ alice\? .* certificate expired$/);
  expect(summary([claimed])[1]).toMatch(/^alice\? +0 +0 +1 /);
  expect(JSON.parse(jsonLine(claimed))).toMatchObject({ claimed: "alice" });
});

test("a refusal's note stands behind its reason", () => {
  const refused: Entry = {
    kind: "refused",
    start: 0,
    open: false,
    client: "bob",
    reason: "not on the allow-list",
    note: "perhaps a check",
  };
  expect(new Table().line(refused)).toMatch(/ bob .* not on the allow-list; perhaps a check$/);
  expect(JSON.parse(jsonLine(refused))).toMatchObject({ note: "perhaps a check" });
});

const hostile = "\u001b]0;owned\u0007\u009b31m\u202eecila\u0000\n";

test("what a line of the log says can't do anything to a terminal", () => {
  const event = { type: "container", action: hostile, id: "x", attributes: { name: hostile } };
  for (const entry of [
    { kind: "refused", start: 0, open: false, client: hostile, address: hostile, reason: hostile },
    { kind: "unreadable", start: 0, open: false, detail: hostile },
    { kind: "event", start: 0, open: false, event },
  ] as Entry[]) {
    const printed = [...new Table().lines([entry]), ...summary([entry]), jsonLine(entry)];
    // eslint-disable-next-line no-control-regex -- it is what is looked for
    for (const line of printed) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  }
  expect(nothing({ ...wanted, client: hostile }, 0)).not.toContain("\u001b");
});

test("a line of JSON has stable names and reads back as it was", () => {
  const entry = entries.find(({ port }) => port === 59022) as Entry;
  expect(JSON.parse(jsonLine(entry))).toEqual({
    kind: "connection",
    start: "2026-11-21T11:21:38.661Z",
    end: "2026-11-21T11:21:57.707Z",
    open: false,
    durationMs: 19046,
    client: "alice",
    fingerprint: "9847128a5b70645151674e8640c1990940aa929c127047798a565aa950c74be9",
    address: "10.0.2.2",
    port: 59022,
    sent: 2238,
    received: 837,
    termination: "KC",
    ended: "ended because revoked",
  });
  const strange: Entry = { kind: "refused", start: 0, open: false, client: hostile };
  expect(JSON.parse(jsonLine(strange))).toMatchObject({ client: hostile });
  const open = recorded("while-connected").connections.find((one) => one.open) as Entry;
  expect(JSON.parse(jsonLine(open))).not.toHaveProperty("end");
});

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [3449, "3.4s"],
  [59_949, "59.9s"],
  [59_950, "1m00s"],
  [133_000, "2m13s"],
  [18_120_000, "5h02m"],
  [273_600_000, "3d04h"],
])("%d ms are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [3_400_000, "3.4 MB"],
  [5_000_000_000, "5.0 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  ["--", "closed"],
  ["CD", "client closed"],
  ["SD", "daemon closed"],
  ["cD", "client was silent for too long"],
  ["sC", "daemon couldn't be reached"],
  ["SC", "daemon couldn't be reached"],
  ["KD", "ended because revoked"],
  ["RC", "front door was out of resources"],
  ["?x", "ended (?x)"],
])("the termination state %s means: %s", (state, words) => {
  expect(endedInWords(state)).toBe(words);
});

test.each([
  ["certificate X509_V_ERR_CERT_HAS_EXPIRED", "certificate expired"],
  ["certificate X509_V_ERR_CERT_NOT_YET_VALID", "certificate not valid yet"],
  ["certificate X509_V_ERR_INVALID_PURPOSE", "certificate isn't for clients"],
  ["certificate X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", refusals.foreign],
  ["issuer X509_V_ERR_CERT_HAS_EXPIRED", "issuer of the certificate expired"],
])("what OpenSSL finds wrong is said in words: %s", (fault, words) => {
  const verify = "error:0A000086:SSL routines::certificate verify failed";
  expect(reasonInWords("SSL client certificate not trusted", `${verify}, ${fault}`)).toBe(words);
});

test("a fault of a certificate is read from the log", () => {
  const said = {
    event: "refused",
    reason: "SSL client certificate not trusted",
    detail: "verify failed",
    start: 1,
  };
  const read = (faults: object) =>
    parseFrontDoor({ message: JSON.stringify({ ...said, ...faults }), time: 0, cursor: "" })?.reason;
  const fine = "X509_V_OK";
  expect(read({ certificate: "X509_V_ERR_CERT_HAS_EXPIRED", issuer: fine })).toBe("certificate expired");
  expect(read({ certificate: fine, issuer: "X509_V_ERR_CERT_HAS_EXPIRED" })).toBe(
    "issuer of the certificate expired",
  );
});

test("a reason that nobody knows here is shown as it is", () => {
  expect(reasonInWords("moon phase", "full")).toBe("moon phase: full");
  expect(reasonInWords("moon phase")).toBe("moon phase");
  expect(reasonInWords()).toBe("no reason in the log");
});

test("what is no longer known is said", () => {
  expect(gaps(history, wanted, true)).toEqual([
    expect.stringContaining(`the front door's log begins at ${shown(history.oldest ?? 0)}`),
    expect.stringContaining(`Docker's events begin at ${shown(at("11:21:33"))}, when dockerd started`),
  ]);
  expect(gaps(history, { ...wanted, since: at("11:21:40") }, true)).toEqual([]);
  const many = { ...history, events: Array<Entry>(256).fill(history.events[0]) };
  expect(gaps(many, { ...wanted, since: at("11:21:40") }, true)[0]).toContain("keeps the last 256");
  expect(gaps({ ...history, eventsProblem: "no daemon" }, wanted, true)[1]).toContain("no daemon");
  expect(gaps({ now: 0, connections: [], events: [] }, wanted, false)).toEqual([
    "note: the front door's log is empty",
  ]);
});

test("nothing to show names the time, and every output says what isn't logged", () => {
  expect(nothing({ ...wanted, client: "alice" }, at("11:22:00"))).toBe(
    `no lines of "alice" from ${shown(at("11:00:00"))} to ${shown(at("11:22:00"))}`,
  );
  expect(cantBeShown({ checks: 4, older: 7, events: true })).toEqual([
    "7 older lines are left out by --limit, not from the summary",
    "4 lines of the stack's own checks are left out; --all shows them",
    "Not logged, and so not shown: the API calls inside a connection, and who caused an event of Docker's.",
  ]);
});
