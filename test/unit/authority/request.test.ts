import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientProblems, clientsSchema, requestText } from "../../../components/authority/clientArgs";
import { problems } from "../../../components/validation";

const folder = mkdtempSync(join(tmpdir(), "requests-"));
afterAll(() => rmSync(folder, { recursive: true }));

function request(key: string[], subject = "/O=example/CN=alice", ...options: string[]): string {
  const file = join(folder, "key.pem");
  return execFileSync(
    "openssl",
    ["req", "-new", "-newkey", ...key, "-nodes", "-keyout", file, "-subj", subject, ...options],
    { encoding: "utf8", stdio: "pipe" },
  );
}

const ec = (curve: string) => ["ec", "-pkeyopt", `ec_paramgen_curve:${curve}`];
const reason = (csr: string) => clientProblems([{ name: "alice", csr }], "clients")[0]?.reason;

test("a file with two requests is refused, as nobody knows which one is meant", () => {
  expect(reason(request(ec("P-256")) + request(ec("P-256")))).toContain("holds 2 certificate requests");
});

test.each([
  ["P-256", ec("P-256")],
  ["P-384", ec("P-384")],
  ["P-521", ec("P-521")],
  ["Ed25519", ["ed25519"]],
  ["RSA of 2048 bits", ["rsa:2048"]],
])("a request of openssl's with a key of the type %s is accepted", (_, key) => {
  expect(reason(request(key))).toBeUndefined();
});

test.each([
  ["RSA of 1024 bits", ["rsa:1024"], "a weak key, RSA of 1024 bits"],
  ["the curve secp256k1", ec("secp256k1"), "a key on the curve secp256k1"],
  ["Ed448", ["ed448"], "a key of the type ed448"],
])("a key of %s is refused, with what is accepted", (_, key, text) => {
  expect(reason(request(key))).toContain(text);
});

test("a request in another name than the client's is refused: the log would show that name", () => {
  expect(reason(request(ec("P-256"), "/CN=bob"))).toContain(
    'has the common name "bob", and the client is "alice"',
  );
  expect(reason(request(ec("P-256"), "/O=example"))).toContain("has no common name");
  expect(reason(request(ec("P-256"), "/CN=alice/CN=bob"))).toContain('"alice", "bob"');
});

test("a request that asks for other names or uses is refused", () => {
  expect(
    reason(request(ec("P-256"), "/CN=alice", "-addext", "subjectAltName=DNS:docker.example.com")),
  ).toContain("asks for extensions");
});

test("a private key in its place is refused and not repeated", () => {
  const key = execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"], { encoding: "utf8" });
  expect(reason(key)).toContain("holds a private key, which belongs to its owner alone");
  expect(reason(key)).not.toContain(key.split("\n")[1]);
});

test("a request that was changed on its way is refused", () => {
  const [one, other] = [request(ec("P-256")), request(ec("P-256"))].map((pem) =>
    Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64"),
  );
  // The first bytes with the key are of the one, the signature is of the other.
  const mixed = Buffer.concat([one.subarray(0, 140), other.subarray(140)]).toString("base64");
  const text = `-----BEGIN CERTIFICATE REQUEST-----\n${mixed}\n-----END CERTIFICATE REQUEST-----\n`;
  expect(reason(text)).toMatch(/is not signed by the key in it|is not a certificate request/);
});

test.each([
  "-----BEGIN CERTIFICATE REQUEST-----\nnonsense\n-----END CERTIFICATE REQUEST-----",
  "-----BEGIN X",
])("%p is refused, with the command that makes a request", (text) => {
  expect(reason(text)).toContain("is not a certificate request in PEM; make one like this: openssl req");
});

test("a request can be a file, and one that can't be read is named", () => {
  const file = join(folder, "alice.csr");
  const text = request(ec("P-256"));
  writeFileSync(file, text);
  expect(reason(file)).toBeUndefined();
  expect(requestText(file)).toBe(text);
  expect(reason(join(folder, "none.csr"))).toContain(`${join(folder, "none.csr")}" can't be read (ENOENT)`);
});

test("a generation beside a request is refused, and so is a request that isn't text", () => {
  const csr = request(ec("P-256"));
  expect(clientProblems([{ name: "alice", csr, generation: 2 }], "clients")).toEqual([
    { propertyPath: "clients[0].generation", reason: expect.stringContaining("remove it") as string },
  ]);
  expect(problems(clientsSchema, [{ name: "alice", csr: 7 }], "clients")[0].propertyPath).toBe(
    "clients[0].csr",
  );
});
