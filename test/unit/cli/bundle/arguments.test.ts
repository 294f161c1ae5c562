import { readdirSync } from "node:fs";
import { BundleCommand } from "../../../support/bundleCommand";

jest.setTimeout(30_000);

let bundle: BundleCommand;
let outputs: Record<string, unknown>;

beforeAll(() => {
  bundle = new BundleCommand({ made: ["alice", "bob"] });
  outputs = bundle.outputs;
});
beforeEach(() => (bundle.outputs = structuredClone(outputs)));
afterAll(() => bundle.remove());

test.each([
  [["alice", "--ci", "--passphrase"], "'--passphrase' cannot be used with option '--ci'"],
  [
    ["alice", "--age", "age1", "--passphrase"],
    "'--age <recipient>' cannot be used with option '--passphrase'",
  ],
  [["alice", "--age", "age1", "--ci"], "'--age <recipient>' cannot be used with option '--ci'"],
  [["alice", "--instructions", "--out", "x"], "'--instructions' cannot be used with option '--out <path>'"],
  [["alice", "--ci", "--out", "x"], "'--ci' cannot be used with option '--out <path>'"],
  [["alice", "bob"], "too many arguments"],
  [["alice", "--zip"], "unknown option '--zip'"],
  [[], "whose bundle? The stack dev has: alice, bob. Write: npm run bundle -- NAME"],
  [
    ["alise"],
    'the stack dev has no client "alise"; it has: alice, bob. Add it to remote-docker:clients in Pulumi.dev',
  ],
  [["toString"], 'the stack dev has no client "toString"'],
  [["carl", "-s", "team/docker/prod"], "in Pulumi.prod.yaml and run npm run up"],
])("%j is refused, with what to do: %s", async (args, message) => {
  await refused(args, message);
});

test("a stack that isn't up is said to be so", async () => {
  bundle.outputs = {};
  await refused(["alice"], "the stack dev isn't up; bring it up first: npm run up");
});

test("a stack that an older version of the program made gets its bundles by an up", async () => {
  delete bundle.outputs.bundles;
  await refused(["alice"], "the stack dev has no bundles among its outputs yet; they come with: npm run up");
});

test("--help says what there is", async () => {
  const { status, stdout } = await bundle.run(["--help"]);
  expect(status).toBe(0);
  for (const option of ["--stack", "--out", "--age", "--passphrase", "--ci", "--instructions"]) {
    expect(stdout).toContain(option);
  }
});

async function refused(args: string[], message: string): Promise<void> {
  const { status, stdout, stderr } = await bundle.run(args);
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining(message),
  });
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(readdirSync(bundle.here)).toEqual([]);
}
