import { type ChildProcess, spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
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
  // No test asks an archive.
  computer.tool("apt-helper", "#!/bin/sh\nexit 1\n");
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

/** This computer's apt has archives, of which the security archive may be within reach. */
function apt(security: string, reachable: boolean): void {
  computer.tool("apt-get", `#!/bin/sh\nprintf '%s\\n' 'http://b.example/debian/ Debian' '${security}'\n`);
  computer.tool("apt-helper", `#!/bin/sh\necho "$*" >$HOME/asked\nexit ${reachable ? 0 : 1}\n`);
}

const securityOfApt = "http://c.example/security/ Debian-Security";

describe("with a mirror that was asked for", () => {
  const sources = (...lines: string[]) => lines.map((line) => `deb [signed-by=] ${line} main\n`).join("");
  const built = async (changes = {}) => {
    const { status, stderr } = await build({ MIRROR: "http://mirror.example/debian", ...changes });
    expect(status).toBe(0);
    const unmarked = !readdirSync(await computer.image()).includes("without-security");
    return { sources: noted("sources").replace(/signed-by=[^\]]*/g, "signed-by="), unmarked, stderr };
  };
  const main = "http://mirror.example/debian trixie";

  test("the security archive is the one of this computer's apt", async () => {
    apt(securityOfApt, true);
    const found = await built();
    expect(found).toMatchObject({ unmarked: true });
    expect(found.sources).toBe(sources(main, "http://c.example/security/ trixie-security"));
    expect(noted("asked")).toContain("http://c.example/security/dists/trixie-security/InRelease");
  });

  test("the image is built without it, and says so, where it can't be reached", async () => {
    apt(securityOfApt, false);
    const found = await built();
    expect(found).toMatchObject({ sources: sources(main), unmarked: false });
    expect(found.stderr).toMatch(
      /c\.example\/security\/ can't be reached: .* no security updates; .*local\.securityMirror/,
    );
  });

  test("the image is built without it, and says so, where nobody knows one", async () => {
    apt("", true);
    const found = await built();
    expect(found).toMatchObject({ sources: sources(main), unmarked: false });
    expect(found.stderr).toMatch(/no Debian security archive is known/);
  });

  test("the security archive is the one that was asked for, or none, without a word", async () => {
    apt(securityOfApt, true);
    const named = await built({ SECURITY_MIRROR: "http://mirror.example/security" });
    expect(named.sources).toBe(sources(main, "http://mirror.example/security trixie-security"));
    rmSync(await computer.image(), { recursive: true });
    const none = await built({ SECURITY_MIRROR: "none" });
    expect(none.sources).toBe(sources(main));
    expect(none.stderr).not.toContain("security");
  });
});

describe("an image that is there", () => {
  const aged = async (days: number) => {
    const then = Date.now() / 1000 - days * 24 * 3600 - 60;
    utimesSync(join(await computer.image(), "root.ext4"), then, then);
  };
  const builds = () => noted("builds").trim().split("\n").length;
  beforeEach(async () => {
    apt(securityOfApt, true);
    await build();
    writeFileSync(join(await computer.image(), "of-the-former"), "");
  });

  test("is built anew after 30 days", async () => {
    await aged(29);
    await build();
    expect(builds()).toBe(1);
    await aged(30);
    expect(await build()).toMatchObject({ status: 0 });
    expect(builds()).toBe(2);
    expect(readdirSync(await computer.image())).not.toContain("of-the-former");
    expect(
      readdirSync(dirname(await computer.image())).filter((name) => /former|partial/.test(name)),
    ).toEqual([]);
  });

  test("is built anew for a security archive that it was built without", async () => {
    writeFileSync(join(await computer.image(), "without-security"), "");
    await build({ SECURITY_MIRROR: "none" });
    expect(builds()).toBe(1);
    await build({ SECURITY_MIRROR: "http://mirror.example/security" });
    expect(builds()).toBe(2);
  });

  test("is built anew for a machine that is made anew, unless it is of today", async () => {
    await build({ IMAGE: "2" });
    expect(builds()).toBe(1);
    await aged(1);
    await build({ IMAGE: "2" });
    expect(builds()).toBe(2);
  });

  test("will do, though it is old, when no other can be built, but not for a machine that is made anew", async () => {
    await aged(40);
    writeFileSync(join(computer.folder, "broken"), "");
    const { status, stderr } = await build();
    expect(status).toBe(0);
    expect(stderr).toMatch(/could not be built[^]*older than 30 days, is used/);
    expect((await build({ IMAGE: "2" })).status).not.toBe(0);
    expect(readdirSync(await computer.image())).toContain("of-the-former");
  });
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
