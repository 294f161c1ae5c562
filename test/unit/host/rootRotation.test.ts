import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pki } from "../../support/pki";

const scripts = join(__dirname, "../../../components/host/scripts");
const pki = new Pki();
const folder = mkdtempSync(join(tmpdir(), "root-rotation-"));
afterAll(() => {
  pki.remove();
  rmSync(folder, { recursive: true });
});

const first = pki.root.certificate;
const second = pki.selfSigned("second").certificate;
const third = pki.selfSigned("third").certificate;
const [firstExpired, firstRenewed] = [signedAgain("root", "-1"), signedAgain("root", "60")];

interface Host {
  /** The current set's roots; none before the first transaction. */
  before: string[];
  wanted: string[];
  /** Names on both sets' allow-lists. Default: alice, bob and health. */
  clients?: string[];
  /** Names and fingerprints. Default: alice's and bob's. */
  movers?: string[];
  excused?: string[];
  /** Lines of the front door's log. */
  log?: string[];
  /** The sessions that HAProxy's workers have. */
  sessions?: string[];
}

const fingerprint = (digit: string) => digit.repeat(64);
const line = (event: string, digit: string) =>
  JSON.stringify({ event, client: "x", fingerprint: fingerprint(digit) });

function ask(question: string, host: Host): { status: number | null; stdout: string; stderr: string } {
  const { clients = ["alice", "bob", "health"], excused = ["health"], log = [], sessions = [] } = host;
  const { movers = [`alice ${fingerprint("a")}`, `bob ${fingerprint("b")}`] } = host;
  const base = mkdtempSync(join(folder, "host-"));
  const set = (name: string, roots: string[]) => {
    mkdirSync(join(base, name, "frontDoor"), { recursive: true });
    writeFileSync(join(base, name, "frontDoor/root.pem"), roots.join(""));
    const admitted = clients.map((client) => `${fingerprint("0")} ${client}:0000000000000000\n`);
    writeFileSync(join(base, name, "frontDoor/allow-list.map"), admitted.join(""));
  };
  if (host.before.length > 0) set("current", host.before);
  set("wanted", host.wanted);
  const print = (name: string, lines: string[]) =>
    `${name}() { cat <<'END'\n${lines.map((l) => `${l}\n`).join("")}END\n}`;
  const input = [
    `set -euo pipefail; BASE=${base} FRONT_DOOR_UNIT=haproxy.service`,
    ...["report", "movedOver", "rootRotation"].map((name) =>
      readFileSync(join(scripts, `${name}.sh`), "utf8"),
    ),
    print("movers", movers),
    print("excused", excused),
    print("all_lines", log),
    'journalctl() { local options="$*"; all_lines | grep "${options#*--grep=}"; }',
    'wanted_file() { cat "$BASE/wanted/$1"; }',
    "front_door_runs() { true; }",
    "front_door_workers() { echo 17; }",
    print("ask_front_door", sessions),
    question,
  ];
  return spawnSync("bash", { input: input.join("\n"), encoding: "utf8" });
}

/** A root's key has another certificate. */
function signedAgain(name: string, days: string): string {
  const options = ["-in", pki.file(`${name}.pem`), "-signkey", pki.file(`${name}.key`), "-days", days];
  return execFileSync("openssl", ["x509", ...options], { encoding: "utf8", stdio: "pipe" });
}

describe("roots that clients trust", () => {
  const change = (before: string[], wanted: string[], more: Partial<Host> = {}) =>
    ask('somebody_trusts_wanted && roots_may_change "$BASE/wanted"', { before, wanted, ...more });

  test.each<[string, string[], string[]]>([
    ["on a new host", [], [first]],
    ["unchanged", [first], [first]],
    ["in another order", [first, second], [second, first]],
    ["with one more", [first], [first, second]],
    ["after a renewal, which keeps the key", [first], [firstRenewed]],
    ["when all have expired", [firstExpired], [second]],
    ["when the one that goes has expired", [firstExpired, second], [second]],
  ])("may change without asking who uses which: %s", (_, before, wanted) => {
    expect(change(before, wanted)).toMatchObject({ status: 0, stderr: "" });
  });

  test.each<[string, string[], string[]]>([
    ["one by another", [first], [second]],
    ["one by two others", [first], [second, third]],
    ["two by another", [first, second], [third]],
    ["one by one that has expired", [firstExpired, second], [firstRenewed]],
  ])("are not replaced at once: %s", (_, before, wanted) => {
    const { status, stderr } = change(before, wanted, {
      log: [line("connection", "a"), line("connection", "b")],
    });
    expect(status).toBe(1);
    expect(stderr).toContain('set rotation.root to the two, like "1+2"');
  });

  const dropped = (more: Partial<Host>) => change([first, second], [second], more);

  test("are dropped when everybody who stays has come in with another certificate", () => {
    const used = { log: [line("connection", "a"), line("connection", "b")] };
    expect(dropped(used)).toMatchObject({ status: 0, stderr: "" });
    expect(dropped({ clients: ["alice", "health"], log: [line("connection", "a")] })).toMatchObject({
      status: 0,
    });
    expect(dropped({ excused: ["alice", "bob", "health"] })).toMatchObject({ status: 0 });
  });

  test("stay while somebody relies on them, who is named with what to do", () => {
    const { status, stderr } = dropped({ log: [line("connection", "a")] });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /: bob\. .*fetch their bundle and use it once.*rotation\.leaveBehind.*remove them/,
    );
    expect(dropped({}).stderr).toContain(": alice bob. ");
  });

  test("stay when the host wasn't told of a certificate of somebody's", () => {
    expect(dropped({ clients: ["carol"] }).stderr).toContain(": carol. ");
  });
});

describe("who has not moved over", () => {
  const late = (more: Partial<Host>) => ask("report_not_moved_over", { before: [], wanted: [], ...more });

  test("is told as one line of JSON, in the names' order", () => {
    const movers = ["ci", "alice", "bob"].map((name, index) => `${name} ${fingerprint(String(index))}`);
    expect(late({ movers })).toMatchObject({ status: 0, stdout: '["alice","bob","ci"]\n', stderr: "" });
    expect(late({ movers, excused: ["health", "bob"] }).stdout).toBe('["alice","ci"]\n');
    expect(late({ movers: [] })).toMatchObject({ status: 0, stdout: "[]\n" });
  });

  test("is nobody whose connection is open now", () => {
    const session = `0x55d0: proto=unix_stream src=10.0.2.2:40 fe=tls be=daemon srv=bob:${"b".repeat(16)} ts=00 age=5s`;
    expect(late({ sessions: [session] }).stdout).toBe('["alice"]\n');
  });

  test("is somebody who was only refused, or used another certificate", () => {
    expect(late({ log: [line("refused", "a"), line("connection", "c")] }).stdout).toBe('["alice","bob"]\n');
  });

  test("is nobody who has used one of several certificates", () => {
    const movers = [`alice ${fingerprint("a")}`, `alice ${fingerprint("c")}`];
    expect(late({ movers, log: [line("connection", "c")] }).stdout).toBe("[]\n");
  });
});
