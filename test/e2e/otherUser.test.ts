import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../support/freePort";
import { OtherUser } from "../support/otherUser/otherUser";
import { type Outcome, run, succeeded } from "../support/run";

jest.setTimeout(10 * 60_000);

const somebody = new OtherUser();
const image = join(__dirname, "../../components/machine/local/image.sh");
const said: string[] = [];

async function does(command: string, account = true): Promise<Outcome> {
  const outcome = await somebody.run(command, account);
  said.push(outcome.stdout, outcome.stderr);
  return outcome;
}

beforeAll(async () => {
  await somebody.moveIn();
  const local = { port: await freePort() };
  const config = { machine: "local", local, clients: [{ name: "alice" }] };
  const named = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`remote-docker:${key}`, value]),
  );
  await does(`cat >Pulumi.dev.yaml <<'END'\n${stringify({ config: named })}END`);
  // The image is the one that all tests have, and as good as built.
  const ready = execFileSync("bash", [image, "path"], { encoding: "utf8" }).trim();
  await does(`printf 'cp -a --sparse=always %q/. "$1"\\n' ${ready} >components/machine/local/recipe.sh`);
});

afterAll(() => somebody.remove());

test("preview says what only root can do, as a command that can be pasted, and misses nothing that is in /sbin", async () => {
  const { status, stdout, stderr } = await does("npm run -s preview");
  expect(status).not.toBe(0);
  const [command, ...others] = (stdout + stderr).match(/sudo .*image\.sh build/g) ?? [];
  expect(command).toBeDefined();
  expect(new Set(others).size).toBeLessThan(2);
  expect(stdout + stderr).not.toMatch(/needs (mke2fs|debugfs|flock)|Missing on this computer/);
  const pasted = `sudo() { env "$@"; }; ${command}`;
  const environment = { PATH: process.env.PATH, HOME: "/nonexistent" };
  succeeded(await run(["bash", "-c", pasted], { cwd: "/", env: environment }));
  expect(existsSync(join(somebody.cache, "remote-docker/images"))).toBe(true);
  expect(somebody.notTheirs()).toBe("");
});

test("up does all that it does for root, also without an account, and changes nothing the second time", async () => {
  succeeded(await does("npm run -s up", false));
  succeeded(await does("npm run -s preview -- --expect-no-changes"));
  succeeded(await does("npm run -s up -- --expect-no-changes"));
});

test("docker works in a shell that took the daemon's settings", async () => {
  const version = 'eval "$(npm run -s env)" && docker version --format "{{.Server.Os}}"';
  expect(succeeded(await does(version)).stdout).toBe("linux\n");
});

describe("the operator's command", () => {
  const shell =
    'eval "$(npm run -s pulumi -- stack output sshCommand --show-secrets) -o BatchMode=yes id -un"';

  test("opens a shell on the machine", async () => {
    expect(succeeded(await does(shell)).stdout).toBe("provision\n");
  });

  test("sends nothing to a machine with another host key", async () => {
    const known = join(somebody.state, "remote-docker/remote-docker/dev/operator/known_hosts");
    const pinned = readFileSync(known, "utf8");
    const others = join(somebody.folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", others]);
    writeFileSync(known, `remote-docker ${readFileSync(`${others}.pub`, "utf8")}`);
    const { status, stderr } = await does(shell);
    writeFileSync(known, pinned);
    expect(status).not.toBe(0);
    expect(stderr).toContain("Host key verification failed");
  });
});

test("what root's command and theirs have made is theirs alone, and no run was denied anything", () => {
  expect(somebody.notTheirs()).toBe("");
  expect(said.join("\n")).not.toMatch(/permission denied|EACCES|EPERM/i);
});

test("destroy leaves nothing but the cache and the set-up", async () => {
  succeeded(await does("npm run -s destroy"));
  const left = [somebody.state, join(somebody.home, ".docker")].flatMap((place) => readdirSync(place));
  expect(left).toEqual([]);
});
