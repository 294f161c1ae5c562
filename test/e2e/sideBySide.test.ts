import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DockerClient, type DockerEnvironment } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { virtualMachinesNaming } from "../support/processes";
import { type Outcome, succeeded } from "../support/run";
import { TestStack } from "../support/stack";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(10 * 60_000);

// Another clone: a project, a state and a passphrase of its own, the same user and the same stack's name.
const first = new TestStack();
const second = new TestStack({ environment: { HOME: first.home } });
let docker: DockerClient;

async function configure(stack: TestStack): Promise<number> {
  const own = await freePort();
  stack.configure({ machine: "local", local: { port: own }, clients: [{ name: "alice" }] });
  return own;
}

beforeAll(async () => {
  for (const stack of [first, second]) await stack.init();
  await configure(first);
  succeeded(await first.up());
  docker = new DockerClient((await first.outputs()) as unknown as DockerEnvironment);
});

afterAll(async () => {
  docker?.remove();
  for (const stack of [second, first]) await stack.destroy();
  for (const stack of [second, first]) stack.remove();
});

/** What the first one has on this computer. */
function belongings(): object {
  const bundle = join(first.home, ".docker/remote", first.name, "alice");
  return {
    machines: virtualMachinesNaming(first.home).map(({ pid }) => pid),
    bundle: readdirSync(bundle).map((name) => readFileSync(join(bundle, name), "utf8")),
    operator: readFileSync(
      join(first.home, ".local/state/remote-docker/remote-docker/e2e/operator/id"),
      "utf8",
    ),
  };
}

describe("an up in a second clone, or with a state that was lost", () => {
  let refused: Outcome;
  let before: object;

  beforeAll(async () => {
    before = belongings();
    await configure(second);
    refused = await second.up();
  });

  // Three places are another state's: the machine's, the operator's, the bundles'. Whichever is found first ends the run.
  test("is refused with whose the place is, and the ways out", () => {
    expect(refused.status).not.toBe(0);
    const said = refused.stdout + refused.stderr;
    expect(said).toMatch(
      /\/(machine|operator|e2e) belongs to another stack's state: it was made on .* with the program in/,
    );
    expect(said).toContain(first.project);
    expect(said).toContain("--stack NAME");
    expect(said).toMatch(/(disk\.sh discard remote-docker e2e|rm -rf .*) && rm -f/);
  });

  test("changes nothing of the first, also when it is taken away again", async () => {
    succeeded(await second.destroy());
    expect(belongings()).toEqual(before);
    expect(await refusalOf(docker)).toBe("");
    succeeded(await first.up("--expect-no-changes"));
  });
});

test("two components of one program live side by side, and go one by one", async () => {
  const other = await freePort();
  const main = join(first.project, "index.ts");
  const before = belongings();
  const alone = readFileSync(main, "utf8");
  const more = `new RemoteDocker("cache", { machine: "local", local: { port: ${other} }, clients: [{ name: "alice" }] });`;
  writeFileSync(main, `${alone}\n${more}\n`);
  succeeded(await first.up());
  expect(belongings()).toMatchObject({ ...before, machines: expect.any(Array) });
  expect(virtualMachinesNaming(first.home)).toHaveLength(2);
  const folder = join(first.home, ".docker/remote/e2e.cache/alice");
  const cache = new DockerClient({
    DOCKER_HOST: `tcp://127.0.0.1:${other}`,
    DOCKER_CERT_PATH: folder,
    DOCKER_TLS_VERIFY: "1",
  });
  for (const one of [docker, cache]) expect(await refusalOf(one)).toBe("");
  writeFileSync(main, alone);
  succeeded(await first.up());
  expect(belongings()).toEqual(before);
  expect(await refusalOf(docker)).toBe("");
  cache.remove();
});
