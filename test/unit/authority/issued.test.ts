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

/** What the command does, given what it printed the last time. */
function outcome(current: Current[], before?: IssuedCertificate[], roots: Partial<Roots> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    input: JSON.stringify({ certificates: current, trusted: [1, 2], leaveBehind: [], ...roots }),
    env: { PATH: process.env.PATH, ...(before && { PULUMI_COMMAND_STDOUT: JSON.stringify(before) }) },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function issued(...args: Parameters<typeof outcome>): IssuedCertificate[] {
  const { stdout, stderr, status } = outcome(...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as IssuedCertificate[];
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
