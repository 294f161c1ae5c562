import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ownName } from "../../../components/ownership/claim";
import { type Outcome, run } from "../../support/run";

const script = join(__dirname, "../../../components/ownership/mark.js");
const place = "state:remote-docker/project/dev/machine";
let home: string;
let folder: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "a home-"));
  folder = join(home, ".local/state/remote-docker/project/dev/machine");
});
afterEach(() => rmSync(home, { recursive: true }));

function claim(action: string, owner: string, more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: home, OWNER: owner, EVIDENCE: "", LOST: "discard it", ...more };
  return run([process.execPath, script, action, place], { env, cwd: dirname(script) });
}

/** A folder as versions without marks have left it. */
function unmarked(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

test("a place is taken once, for its owner alone, also when that is tried again after an interruption", async () => {
  expect(await claim("take", "mine")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(await claim("take", "mine")).toMatchObject({ status: 0 });
  expect(statSync(`${folder}.owner`).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(folder))).toEqual(["machine.owner"]);
});

test("somebody else's place is refused with whose it is, the ways out and what removes it, and stays", async () => {
  await claim("take", "theirs");
  unmarked({ disk: "theirs" });
  const { status, stderr } = await claim("take", "mine");
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^\S.*machine belongs to another stack's state: it was made on \d{4}-\S+ by \S+, with the program in \//,
  );
  expect(stderr).toContain("Nothing of it was changed");
  expect(stderr).toContain("--stack NAME");
  expect(stderr).toContain(`discard it && rm -f '${folder}.owner'`);
  expect(readdirSync(folder)).toEqual(["disk"]);
});

test("what another owner has is not released", async () => {
  await claim("take", "theirs");
  expect(await claim("release", "mine")).toMatchObject({ status: 0 });
  expect((await claim("take", "mine")).status).toBe(1);
});

test("of two who take a place at once, one gets it", async () => {
  const outcomes = await Promise.all(["a", "b", "c", "d"].map((owner) => claim("take", owner)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 1, 1, 1]);
});

test.each([
  ["a machine", { incarnation: "SHA256:one\n" }, "SHA256:one", "SHA256:two"],
  ["bundles", { "alice/ca.pem": "-----BEGIN 1\n-----BEGIN 2\n" }, "-----BEGIN 2", "-----BEGIN 3"],
  ["the operator's access", { known_hosts: "remote-docker ecdsa one\n" }, "remote-docker ecdsa one", "other"],
])(
  "%s of an earlier version, without a mark, is taken over by its own state alone",
  async (_, files, own, other) => {
    unmarked(files);
    const refused = await claim("take", "mine", { EVIDENCE: other });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("it has no owner's mark");
    expect(await claim("take", "mine", { EVIDENCE: own })).toMatchObject({ status: 0 });
  },
);

test("a released place leaves nothing", async () => {
  await claim("take", "mine");
  expect(await claim("release", "mine")).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(join(home, ".local/state/remote-docker"))).toBe(false);
  expect(await claim("release", "mine")).toMatchObject({ status: 0 });
});

test("components of one program have places of their own, and the first keeps the stack's name", () => {
  expect([ownName("dev", "docker"), ownName("dev", "cache")]).toEqual(["dev", "dev.cache"]);
});
