import { X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BundleCommand } from "../../../support/bundleCommand";
import { codeBlocks } from "../../../support/markdown";
import { run, succeeded } from "../../../support/run";

jest.setTimeout(30_000);

let bundle: BundleCommand;
let made: string;
let requested: string;

beforeAll(async () => {
  bundle = new BundleCommand({ made: ["alice"], requested: ["carol"] });
  made = succeeded(await bundle.run(["alice", "--instructions"])).stdout;
  requested = succeeded(await bundle.run(["carol", "--instructions"])).stdout;
});
afterAll(() => bundle.remove());

test("the lines for a shell set the three variables for the place of the bundle", async () => {
  const [{ text }] = codeBlocks(made, "In a shell");
  const show = 'printf "%s\\n" "$DOCKER_HOST" "$DOCKER_TLS_VERIFY" "$DOCKER_CERT_PATH"';
  const { stdout } = await inShell(text.replace("docker version", show));
  expect(stdout).toBe(`tcp://192.0.2.7:2376\n1\n${bundle.home}/.docker/remote/dev/alice\n`);
});

test("the day on which the certificate ends is said, and how the next one comes", () => {
  const { validToDate } = new X509Certificate(bundle.pems("alice")["cert.pem"]);
  const day = validToDate.toISOString().slice(0, 10);
  expect(made).toContain(`valid until **${day}**`);
  expect(codeBlocks(made, "A new certificate")[0].text).toContain("openssl x509 -noout -enddate");
});

test("a client with a request is told to put its own key there, and how; another one isn't", async () => {
  const [{ text }] = codeBlocks(requested, "The bundle");
  expect(codeBlocks(made, "The bundle")).toEqual([]);
  succeeded(await bundle.run(["carol"]));
  mkdirSync(join(bundle.here, "keys"));
  succeeded(await run(["cp", bundle.pki.file("carol.key"), join(bundle.here, "keys/key.pem")]));
  await inShell(text, join(bundle.here, "keys"));
  const key = join(bundle.home, ".docker/remote/dev/carol/key.pem");
  expect(statSync(key).mode & 0o777).toBe(0o400);
  expect(readFileSync(key)).toEqual(readFileSync(bundle.pki.file("carol.key")));
});

test("openssl makes a private key for its owner alone, and a request in the client's name for it", async () => {
  const [{ text }] = codeBlocks(made, "A private key that never leaves you");
  const place = join(bundle.here, "own");
  mkdirSync(place);
  await inShell(text, place);
  expect(readdirSync(place).sort()).toEqual(["alice.csr", "key.pem"]);
  expect(statSync(join(place, "key.pem")).mode & 0o777).toBe(0o600);
  const { stdout } = await inShell("openssl req -in alice.csr -noout -verify -subject -text", place);
  expect(stdout).toMatch(/^subject=CN = alice$/m);
  expect(stdout).toContain("NIST CURVE: P-256");
});

test("a stack's name and a client's name are good for a context and a builder", () => {
  const [{ text }] = codeBlocks(made, "As a context");
  expect(text).toContain("docker context create remote-dev-alice --docker ");
  expect(codeBlocks(made, "buildx")[0].text).toContain("--name remote-dev-alice-builder");
});

test("the operator's commands name the stack where it isn't the usual one", async () => {
  const { stdout } = succeeded(await bundle.run(["alice", "--instructions", "--stack", "prod"]));
  const commands = (text: string) =>
    text.match(/npm run (-s )?bundle -- [^`|]*/g)!.map((line) => line.trim());
  expect(new Set(commands(made))).toEqual(
    new Set(["npm run -s bundle -- alice --ci", "npm run bundle -- alice"]),
  );
  expect(new Set(commands(stdout))).toEqual(
    new Set(["npm run -s bundle -- alice --stack prod --ci", "npm run bundle -- alice --stack prod"]),
  );
});

test.each([
  ["tcp://127.0.0.1:2376", true],
  ["tcp://localhost:2376", true],
  ["tcp://192.0.2.7:2376", false],
  ["tcp://127.example.com:2376", false],
])("who gets a bundle for %s is told whether that works from their computer", async (dockerHost, own) => {
  const { outputs } = bundle;
  bundle.outputs = { ...outputs, DOCKER_HOST: dockerHost };
  const { stdout } = succeeded(await bundle.run(["alice", "--instructions"]));
  bundle.outputs = outputs;
  expect(stdout.includes("the operator's computer's own")).toBe(own);
});

function inShell(lines: string, cwd = bundle.here) {
  const env = { PATH: process.env.PATH, HOME: bundle.home };
  return run(["bash", "--norc", "-euo", "pipefail", "-c", lines], { cwd, env }).then(succeeded);
}
