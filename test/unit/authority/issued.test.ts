import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IssuedCertificate, sinceRootChanged } from "../../../components/authority/issuedCertificates";

const script = join(__dirname, "../../../components/authority/issued.js");
const folder = mkdtempSync(join(tmpdir(), "issued-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Current {
  name: string;
  root: number;
  certificate: string;
}

/** A certificate for a key that is made on first use. */
function certificate(key: string, days = 30): string {
  const file = join(folder, key);
  execFileSync("sh", ["-c", `[ -e ${file} ] || openssl genpkey -algorithm ed25519 -out ${file}`], {
    stdio: "pipe",
  });
  const args = ["req", "-x509", "-key", file, "-subj", `/CN=${key}`, "-days", String(days)];
  return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
}

const fingerprint = (pem: string) =>
  execFileSync("sh", ["-c", "openssl x509 -outform DER | sha256sum | cut -d' ' -f1"], {
    input: pem,
    encoding: "utf8",
  }).trim();

interface Roots {
  trusted: number[];
  leaveBehind: string[];
}

/** An entry as an object; `key` is there for a successor's sake. */
type Remembered = IssuedCertificate & { key: string };
type Entry = [string, number, string, string, string];

const packed = ({ name, root, fingerprint, key, expires }: Remembered): Entry => [
  name,
  root,
  fingerprint,
  key,
  expires,
];
const unpacked = ([name, root, fingerprint, key, expires]: Entry): Remembered => ({
  name,
  root,
  fingerprint,
  key,
  expires,
});

/** What the command does, given what it printed the last time. */
function outcome(current: Current[], before?: string | Remembered[], roots: Partial<Roots> = {}) {
  const input = { others: [], handedOn: [], trusted: [1, 2], leaveBehind: [], ...roots };
  const last = Array.isArray(before) ? JSON.stringify({ issued: before.map(packed), handedOn: [] }) : before;
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [script], {
    input: JSON.stringify({ certificates: current, ...input }),
    env: { PATH: process.env.PATH, ...(last && { PULUMI_COMMAND_STDOUT: last }) },
    encoding: "utf8",
  });
  return { status, stdout, stderr, error };
}

function issued(...args: Parameters<typeof outcome>): Remembered[] {
  const { stdout, stderr, status } = outcome(...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return (JSON.parse(stdout) as { issued: Entry[] }).issued.map(unpacked);
}

const alice = (pem: string, root = 1) => ({ name: "alice", root, certificate: pem });
const fingerprints = (all: IssuedCertificate[]) => all.map((one) => one.fingerprint);

test("a certificate is known by its name, its root, the SHA-256 of its DER and its end", () => {
  const pem = certificate("k");
  const [one] = issued([alice(pem)]);
  expect(one).toMatchObject({ name: "alice", root: 1, fingerprint: fingerprint(pem) });
  expect(Date.parse(one.expires)).toBeGreaterThan(Date.now());
});

test("the predecessor of a renewed certificate stays until it expires, whichever root signed it", () => {
  const [first, second] = [certificate("k"), certificate("k")];
  const before = issued([alice(first)]);
  const after = issued([alice(second, 2)], before);
  expect(after.map(({ root }) => root)).toEqual([2, 1]);
  expect(fingerprints(after)).toEqual([fingerprint(second), fingerprint(first)]);
  const expired = before.map((one) => ({ ...one, expires: new Date(Date.now() - 1000).toISOString() }));
  expect(fingerprints(issued([alice(second)], expired))).toEqual([fingerprint(second)]);
});

test("the same certificate is there once", () => {
  const pem = certificate("k");
  expect(issued([alice(pem)], issued([alice(pem)]))).toHaveLength(1);
});

test("a rotated key has no predecessor", () => {
  const before = issued([alice(certificate("k"))]);
  expect(issued([alice(certificate("other"))], before)).toHaveLength(1);
});

test("a client who was removed is forgotten, and comes back without its former certificates", () => {
  const [first, second] = [certificate("k"), certificate("k")];
  const gone = issued([], issued([alice(first)]));
  expect(gone).toEqual([]);
  expect(fingerprints(issued([alice(second)], gone))).toEqual([fingerprint(second)]);
});

test("a key that two clients share makes neither the other's predecessor", () => {
  const [first, second] = [certificate("k"), certificate("k")];
  const before = issued([alice(first), { name: "bob", root: 1, certificate: second }]);
  const after = issued([alice(first)], before);
  expect(after.map(({ name }) => name)).toEqual(["alice"]);
});

test("what it prints holds nothing but public facts", () => {
  const key = readFileSync(join(folder, "k"), "utf8").split("\n")[1];
  expect(JSON.stringify(issued([alice(certificate("k"))]))).not.toContain(key);
});

test("after a change of the root and back, only certificates since then tell who has moved", () => {
  const [first, second, back] = [certificate("k"), certificate("k"), certificate("k")];
  const moving = issued([alice(second, 2)], issued([alice(first)]));
  const returned = issued([alice(back)], moving);
  expect(returned.map(({ root }) => root)).toEqual([1, 2, 1]);
  expect(fingerprints(sinceRootChanged(returned, 1))).toEqual([fingerprint(back)]);
});

test("a certificate that was renewed while the root stayed tells as well who has moved", () => {
  const [first, second, renewed] = [certificate("k"), certificate("k"), certificate("k")];
  const moving = issued([alice(renewed, 2)], issued([alice(second, 2)], issued([alice(first)])));
  expect(fingerprints(sinceRootChanged(moving, 2))).toEqual([fingerprint(renewed), fingerprint(second)]);
});

describe("a root that is no longer trusted", () => {
  const pem = (key: string) => certificate(key);
  const bob = (text: string, root = 1) => ({ name: "bob", root, certificate: text });

  test("is refused, whatever machine there is, while it is all that somebody has, who is named", () => {
    const before = issued([alice(pem("a")), bob(pem("b"))]);
    const { status, stdout, stderr } = outcome([alice(pem("a"), 2), bob(pem("b"), 2)], before, {
      trusted: [2],
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("of the former one: alice, bob.");
    expect(stderr).toContain('like "1+2"');
  });

  test("goes once everybody has had certificates of the next one", () => {
    const next = [alice(pem("a"), 2), bob(pem("b"), 2)];
    const moving = issued(next, issued([alice(pem("a")), bob(pem("b"))]));
    expect(outcome(next, moving, { trusted: [2] }).status).toBe(0);
  });

  test("goes without those who are left behind, have a new key, or whose certificates have expired", () => {
    const before = issued([alice(pem("a")), bob(pem("b"))]);
    const only = { trusted: [2], leaveBehind: ["alice"] };
    expect(outcome([alice(pem("a"), 2), bob(pem("new"), 2)], before, only).status).toBe(0);
    const expired = before.map((one) => ({ ...one, expires: new Date(Date.now() - 1000).toISOString() }));
    expect(outcome([bob(pem("b"), 2)], expired, { trusted: [2] }).status).toBe(0);
  });
});

describe("what one variable of the environment can hold", () => {
  const limit = 128 * 1024 - "PULUMI_COMMAND_STDOUT=\0".length;
  const bob = { name: "bob", root: 1, certificate: certificate("b") };

  /** Predecessors of alice's, so that the next output with her and bob has so many bytes. */
  function filling(bytes: number): Remembered[] {
    const [first, bobs] = issued([alice(certificate("k")), bob]);
    const size = (all: Remembered[]) => JSON.stringify({ issued: all.map(packed), handedOn: [] }).length;
    const each = JSON.stringify(packed(first)).length + 1;
    const many = Math.floor((bytes - size([first, bobs])) / each);
    const all = Array.from({ length: many }, (_, index) => ({
      ...first,
      fingerprint: String(index).padStart(64, "0"),
    }));
    const missing = bytes - size([first, bobs, ...all]);
    return [{ ...all[0], fingerprint: "f".repeat(64 + missing) }, ...all.slice(1)];
  }

  test("is used up to its end, and is still understood by the next run", () => {
    const pem = certificate("k");
    const { stdout } = outcome([alice(pem), bob], filling(limit));
    expect(stdout).toHaveLength(limit);
    expect(outcome([alice(pem)], stdout)).toMatchObject({ status: 0, error: undefined });
    expect(outcome([alice(pem)], `${stdout} `).error).toMatchObject({ code: "E2BIG" });
  });

  test("is not outgrown: that is refused, with who has too many, and without one of them it goes on", () => {
    const before = filling(limit + 1);
    const { status, stdout, stderr } = outcome([alice(certificate("k")), bob], before);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`${limit + 1} bytes, where ${limit} are possible. Remove some of the clients`);
    expect(stderr).toContain("alice, bob. Nothing was changed");
    expect(issued([alice(certificate("k"))], before)).toHaveLength(before.length + 1);
  });
});
