import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BundleCommand } from "../../../support/bundleCommand";
import { run, succeeded } from "../../../support/run";
import { privateKeysIn } from "../../../support/secrets";

jest.setTimeout(60_000);

let bundle: BundleCommand;
let keys: Record<string, string>;

beforeAll(() => {
  bundle = new BundleCommand({ made: ["alice", "bob"] });
  const { pki } = bundle;
  const file = (name: string) => body(readFileSync(pki.file(`${name}.key`), "utf8"));
  const names = ["root", "server", "inner", "inner-server", "inner-client", "operator", "alice", "bob"];
  keys = Object.fromEntries(names.map((name) => [name, file(name)]));
  // What a careless program could let slip into the outputs.
  Object.assign(bundle.pems("alice"), { "root.key": pki.root.key, "server.key": pki.server.key });
  Object.assign(bundle.outputs, { inner: pki.inner });
});
afterAll(() => bundle.remove());

test("whatever the form, of all keys in the outputs only the client's own is handed over", async () => {
  const identity = join(bundle.here, "identity");
  execFileSync("age-keygen", ["-o", identity], { stdio: "pipe" });
  const recipient = execFileSync("age-keygen", ["-y", identity], { encoding: "utf8" }).trim();

  const folder = await bundle.run(["alice", "--out", "folder"]);
  const files = readdirSync(join(bundle.here, "folder")).map((name) => join(bundle.here, "folder", name));
  const archive = await bundle.run(["alice", "--age", recipient]);
  const decrypted = await run(["age", "-d", "-i", identity, join(bundle.here, "alice.tar.age")]);
  const ci = await bundle.run(["alice", "--ci"]);
  const instructions = await bundle.run(["alice", "--instructions"]);

  const open = [folder, archive, instructions].flatMap((outcome) => [outcome.stdout, outcome.stderr]);
  open.push(ci.stderr, readFileSync(join(bundle.here, "folder.md"), "utf8"));
  expect(open.map(keysIn)).toEqual(open.map(() => []));
  const handedOver = {
    folder: files.map((file) => readFileSync(file, "utf8")).join(""),
    archive: succeeded(decrypted).stdout,
    ci: gunzipSync(Buffer.from(ci.stdout, "base64")).toString(),
  };
  for (const text of Object.values(handedOver)) expect(keysIn(text)).toEqual(["alice"]);
});

test.each([
  [
    "the root as the client",
    () => ({ "cert.pem": bundle.pki.root.certificate, "key.pem": bundle.pki.root.key }),
    /cert.pem isn't a client's certificate/,
  ],
  [
    "the server as the client",
    () => ({ "cert.pem": bundle.pki.server.certificate, "key.pem": bundle.pki.server.key }),
    /cert.pem isn't a client's certificate/,
  ],
  ["another client's pair", () => bundle.pems("bob"), /cert.pem is bob's/],
  [
    "another client's key",
    () => ({ "key.pem": bundle.pems("bob")["key.pem"] }),
    /key.pem isn't the key of cert.pem/,
  ],
  [
    "a key after the root's certificate",
    () => ({ "ca.pem": bundle.pki.root.certificate + bundle.pki.root.key }),
    /ca.pem holds something other/,
  ],
  [
    "a key after the client's certificate",
    () => ({ "cert.pem": bundle.pems("alice")["cert.pem"] + bundle.pki.root.key }),
    /cert.pem holds something other/,
  ],
])("%s in the outputs is not handed over", async (_, wrong, message) => {
  const { outputs } = bundle;
  bundle.outputs = { ...outputs, bundles: { alice: { ...bundle.pems("alice"), ...wrong() } } };
  const { status, stdout, stderr } = await bundle.run(["alice", "--ci"]);
  bundle.outputs = outputs;
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(message),
  });
});

/** Whose private keys a text holds. */
function keysIn(text: string): string[] {
  const found = privateKeysIn(text, Object.values(keys));
  return Object.keys(keys).filter((name) => found.includes(keys[name]));
}

function body(pem: string): string {
  return /-----BEGIN PRIVATE KEY-----([\s\S]*)-----END/.exec(pem)![1].trim();
}
