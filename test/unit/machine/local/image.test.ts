import { type ChildProcess, spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Computer, scripts } from "./computer";

jest.setTimeout(60_000);

let computer: Computer;

/** Stands for mmdebstrap: notes its call and makes the files that the recipe takes out of the tree. */
const debstrap = `#!/bin/bash
set -e
[[ ! -f $HOME/broken ]] || { echo "E: the mirror is not there" >&2; exit 1; }
echo built >>$HOME/builds
cat >$HOME/sources
while [[ -f $HOME/slow ]]; do read -r -t 0.1 <> <(:) || true; done
tree="\${@: -2:1}"
mkdir -p "$tree"/{boot,usr/bin,usr/libexec/docker/cli-plugins}
touch "$tree"/boot/{vmlinuz-6,initrd.img-6} "$tree"/usr/bin/docker "$tree"/usr/libexec/docker/cli-plugins/docker-buildx
`;

beforeEach(() => {
  computer = new Computer();
  computer.tool("mmdebstrap", debstrap);
  computer.tool("mke2fs", '#!/bin/bash\ntouch "${@: -2:1}"\n');
});

afterEach(() => computer.remove());

const build = (changes = {}) => computer.script("image.sh", ["build"], changes);
const noted = (name: string) => readFileSync(join(computer.folder, name), "utf8");

/** A build that goes on until the test ends it or lets it finish. */
function slowBuild(): ChildProcess {
  writeFileSync(join(computer.folder, "slow"), "");
  return spawn("bash", [join(scripts, "image.sh"), "build"], { env: computer.environment, detached: true });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("an image is the disk, the kernel and a docker client, and is built once", async () => {
  expect(await build()).toMatchObject({ status: 0 });
  const image = await computer.image();
  const files = readdirSync(image, { recursive: true }) as string[];
  expect(files).toEqual(
    expect.arrayContaining([
      "root.ext4",
      "vmlinuz",
      "initrd.img",
      "bin/docker",
      "bin/cli-plugins/docker-buildx",
    ]),
  );
  expect(await build()).toMatchObject({ status: 0, stderr: "" });
  expect(noted("builds")).toBe("built\n");
});

test("a changed recipe is another image", async () => {
  const copy = computer.copyOfScripts();
  const before = await computer.image();
  writeFileSync(join(copy, "recipe.sh"), `${readFileSync(join(copy, "recipe.sh"), "utf8")}# more\n`);
  const after = await computer.script(join(copy, "image.sh"), ["path"]);
  expect(after.stdout.trim()).not.toBe(before);
});

test("another recipe is another image, and beside this one", async () => {
  const before = await computer.image();
  const recipe = join(computer.copyOfScripts(), "recipe.sh");
  writeFileSync(recipe, `${readFileSync(recipe, "utf8")}# of another system\n`);
  const other = await computer.script("image.sh", ["path", recipe]);
  expect(other.stdout.trim()).not.toBe(before);
  expect(dirname(other.stdout.trim())).toBe(dirname(before));
});

test("the mirror is the one that was asked for", async () => {
  await build({ MIRROR: "http://mirror.example/debian" });
  expect(noted("sources")).toMatch(/^deb \[[^\]]*\] http:\/\/mirror\.example\/debian trixie main\n$/);
});

test("without a mirror it is the one of this computer's apt, with its security archive", async () => {
  computer.tool(
    "apt-get",
    `#!/bin/sh\nprintf '%s\\n' 'http://a.example/backports/ Debian Backports' 'http://b.example/debian/ Debian' 'http://c.example/security/ Debian-Security'\n`,
  );
  await build({ MIRROR: "" });
  expect(noted("sources")).toMatch(/ http:\/\/b\.example\/debian\/ trixie main\n/);
  expect(noted("sources")).toMatch(/ http:\/\/c\.example\/security\/ trixie-security main\n/);
});

test("without any mirror the error names the argument", async () => {
  computer.tool("apt-get", "#!/bin/sh\n");
  const { status, stderr } = await build({ MIRROR: "" });
  expect(status).not.toBe(0);
  expect(stderr).toContain("remote-docker:local.mirror");
});

test("a build that failed shows its end and leaves no image; the next one builds", async () => {
  writeFileSync(join(computer.folder, "broken"), "");
  const { status, stderr } = await build();
  expect(status).not.toBe(0);
  expect(stderr).toContain("E: the mirror is not there");
  expect(existsSync(await computer.image())).toBe(false);
  computer.tool("mmdebstrap", debstrap.replace("$HOME/broken", "$HOME/not-broken"));
  expect(await build()).toMatchObject({ status: 0 });
});

test("a build that was killed in the middle leaves no image; the next one builds", async () => {
  const dying = slowBuild();
  await until(() => existsSync(join(computer.folder, "builds")));
  process.kill(-(dying.pid as number), "SIGKILL");
  expect(existsSync(await computer.image())).toBe(false);
  writeFileSync(join(`${await computer.image()}.partial`, "rest"), "of the killed one");
  computer.tool("mmdebstrap", debstrap.replace("$HOME/slow", "$HOME/not-slow"));
  expect(await build()).toMatchObject({ status: 0 });
  expect(readdirSync(await computer.image())).not.toContain("rest");
});

// As anybody else there is nobody to hand it over to.
(process.getuid?.() === 0 ? test : test.skip)(
  "an image that root builds in somebody's cache is theirs, and they need no lock for it",
  async () => {
    const [nobody, home] = [65534, join(computer.folder, "home of nobody")];
    mkdirSync(home);
    chownSync(home, nobody, nobody);
    const cache = { XDG_CACHE_HOME: join(home, "cache") };
    expect(await build(cache)).toMatchObject({ status: 0 });
    const image = (await computer.script("image.sh", ["path"], cache)).stdout.trim();
    const places = [cache.XDG_CACHE_HOME, dirname(image), image, `${image}.lock`, join(image, "root.ext4")];
    expect(places.filter((place) => statSync(place).uid !== nobody)).toEqual([]);
  },
);

test("of two builds at the same time one builds and the other waits for it", async () => {
  const first = slowBuild();
  const firstEnded = new Promise<number | null>((resolve) => first.once("close", resolve));
  await until(() => existsSync(join(computer.folder, "builds")));
  computer.tool("mmdebstrap", debstrap.replace("$HOME/slow", "$HOME/not-slow"));
  const second = spawn("bash", [join(scripts, "image.sh"), "build"], { env: computer.environment });
  const said = new Promise<string>((resolve) => second.stderr.once("data", (data) => resolve(String(data))));
  const ended = new Promise<number | null>((resolve) => second.once("close", resolve));
  expect(await said).toContain("another run is building the image");
  rmSync(join(computer.folder, "slow"));
  expect(await ended).toBe(0);
  expect(noted("builds")).toBe("built\n");
  expect(await firstEnded).toBe(0);
});
