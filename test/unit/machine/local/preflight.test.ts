import { mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { parsePreflight, type Preflight } from "../../../../components/machine/local/preflight";
import { freePort } from "../../../support/freePort";
import { Computer } from "./computer";

jest.setTimeout(60_000);

let computer: Computer;

beforeEach(async () => {
  computer = new Computer();
  computer.environment.PORT = String(await freePort());
  computer.fakeQemu("boots");
  await computer.fakeImage();
});

afterEach(() => computer.remove());

async function preflight(changes = {}): Promise<Preflight> {
  const { status, stdout, stderr } = await computer.script("preflight.sh", ["p", "s"], changes);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return parsePreflight(stdout);
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(Number(computer.environment.PORT), address, () => resolve(server));
  });
}

async function startMachine(): Promise<void> {
  await computer.script("disk.sh", ["create", "p", "s"]);
  const { status, stderr } = await computer.script("process.sh", ["start", "p", "s"]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
}

test("a computer with room and tools has no problem, and the first start is number 1", async () => {
  expect(await preflight()).toEqual({ problems: [], notices: [], generation: "1" });
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "127.0.0.1"],
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["127.0.0.2", "0.0.0.0"],
])("a listener at %s takes the port from a machine bound to %s", async (address, bind) => {
  const server = await listen(address);
  const { problems } = await preflight({ BIND: bind });
  server.close();
  expect(problems).toEqual([
    {
      propertyPath: "local.port",
      reason: expect.stringContaining(`${computer.environment.PORT} is taken`) as string,
    },
  ]);
});

test.each([
  ["127.0.0.2", "127.0.0.1"],
  ["::1", "0.0.0.0"],
])("a listener at %s doesn't take the port from a machine bound to %s", async (address, bind) => {
  const server = await listen(address);
  const { problems } = await preflight({ BIND: bind });
  server.close();
  expect(problems).toEqual([]);
});

test("more memory than the computer has left is a problem", async () => {
  const { problems } = await preflight({ MEMORY: "900000" });
  expect(problems).toEqual([
    {
      propertyPath: "local.memory",
      reason: expect.stringMatching(/^900000 MiB is more than this computer has left, \d+ MiB/) as string,
    },
  ]);
});

test("a larger disk than there is room for is a problem", async () => {
  const { problems } = await preflight({ DISK_SIZE: "16000" });
  expect(problems).toEqual([
    {
      propertyPath: "local.diskSize",
      reason: expect.stringMatching(
        /^16000 GiB with 8 GiB for the system is more than .* has left, \d+ GiB/,
      ) as string,
    },
  ]);
});

test("a disk that would have to shrink is a problem", async () => {
  mkdirSync(computer.state, { recursive: true });
  writeFileSync(join(computer.state, "disk"), "");
  truncateSync(join(computer.state, "disk"), 8 * 1024 ** 3);
  const { problems } = await preflight({ DISK_SIZE: "5" });
  expect(problems).toEqual([
    {
      propertyPath: "local.diskSize",
      reason: expect.stringMatching(/^5 GiB is less than the disk has, 8 GiB/) as string,
    },
  ]);
});

const basicTools = "bash dirname sha256sum tr df tail stat flock debugfs node".split(" ");

test("a missing tool is a problem that names its package", async () => {
  const few = computer.onlyTools(basicTools.filter((name) => name !== "flock"));
  rmSync(join(computer.folder, "bin/qemu-system-x86_64"));
  const { problems } = await preflight({ PATH: few });
  expect(problems.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`)).toEqual([
    'machine: "local" needs qemu-system-x86_64; install it with: apt-get install qemu-system-x86',
    'machine: "local" needs flock; install it with: apt-get install util-linux',
  ]);
});

test("a tool where Debian's default PATH doesn't look is there", async () => {
  const few = computer.onlyTools([...basicTools, "qemu-system-x86_64"]);
  expect(few).not.toContain("sbin");
  expect((await preflight({ PATH: few })).problems).toEqual([]);
});

test("a QEMU that crashes under the guest is a problem", async () => {
  computer.fakeQemu("boots", "7.2.19 (Debian 1:7.2+dfsg-7+deb12u15)");
  const { problems } = await preflight();
  expect(problems.map(({ propertyPath }) => propertyPath)).toEqual(["machine"]);
  expect(problems[0].reason).toMatch(/needs QEMU 8 or newer, and this is .* 7\.2\.19/);
});

test("mmdebstrap is missed only while there is no image", async () => {
  const few = computer.onlyTools([...basicTools, "mke2fs", "qemu-system-x86_64"]);
  expect((await preflight({ PATH: few })).problems).toEqual([]);
  rmSync(await computer.image(), { recursive: true });
  const { problems } = await preflight({ PATH: few });
  expect(problems).toContainEqual({
    propertyPath: "machine",
    reason: '"local" needs mmdebstrap; install it with: apt-get install mmdebstrap',
  });
});

test("a machine that runs as wanted keeps its number and has no problem with its own port", async () => {
  await startMachine();
  expect(await preflight()).toEqual({ problems: [], notices: [], generation: "1" });
});

test("a machine that doesn't run any more gets the next number", async () => {
  await startMachine();
  await computer.killMachine();
  expect(await preflight()).toEqual({ problems: [], notices: [], generation: "2" });
});

test("a changed setting gets the next number, and the machine's own port is still its own", async () => {
  await startMachine();
  expect(await preflight({ CPUS: "3" })).toEqual({ problems: [], notices: [], generation: "2" });
});

test("a running machine that is to move to a taken port has a problem", async () => {
  await startMachine();
  computer.environment.PORT = String(await freePort());
  const server = await listen("127.0.0.1");
  const { problems } = await preflight();
  server.close();
  expect(problems.map(({ propertyPath }) => propertyPath)).toEqual(["local.port"]);
});

describe("a machine", () => {
  const days = (ago: number) => Math.floor(Date.now() / 1000) - ago * 24 * 3600;
  const madeFrom = (text: string) => writeFileSync(join(computer.state, "image"), `${text}\n`);
  beforeEach(startMachine);

  test("whose image is not older than 60 days is not talked about", async () => {
    madeFrom(`1 ${days(60)}`);
    expect((await preflight()).notices).toEqual([]);
  });

  test("whose image is older has a notice with the way to renew it, whether it runs or not", async () => {
    madeFrom(`1 ${days(61)}`);
    const notice = /image is 61 days old\. Security updates come by themselves, .* write local\.image: 2/;
    expect((await preflight()).notices).toEqual([expect.stringMatching(notice)]);
    await computer.killMachine();
    expect((await preflight()).notices).toEqual([expect.stringMatching(notice)]);
  });

  test("that was made with one disk is told that it gets no updates, and how it would", async () => {
    rmSync(join(computer.state, "image"));
    expect((await preflight()).notices).toEqual([
      expect.stringMatching(/was made by an earlier version.* write local\.image: 2 and run up/),
    ]);
  });

  test("whose image has no security archive is told so, unless that is wanted", async () => {
    writeFileSync(join(computer.state, "without-security"), "");
    expect((await preflight()).notices).toEqual([
      expect.stringContaining("name one as local.securityMirror"),
    ]);
    expect((await preflight({ SECURITY_MIRROR: "none" })).notices).toEqual([]);
  });

  test("that is to be made anew gets another number, and a notice of whom it interrupts and what stays", async () => {
    const { problems, notices, generation } = await preflight({ IMAGE: "2" });
    expect({ problems, generation }).toEqual({ problems: [], generation: "2" });
    expect(notices).toEqual([
      expect.stringMatching(/made anew.*ends every client's containers.*volumes and build cache stay/),
    ]);
  });

  test("that is to be made anew from an image of yesterday needs root and mmdebstrap", async () => {
    const few = computer.onlyTools([...basicTools, "mke2fs", "qemu-system-x86_64", "date"]);
    const image = join(await computer.image(), "root.ext4");
    expect((await preflight({ IMAGE: "2", PATH: few })).problems).toEqual([]);
    utimesSync(image, days(2), days(2));
    expect((await preflight({ PATH: few })).problems).toEqual([]);
    expect((await preflight({ IMAGE: "2", PATH: few })).problems).toContainEqual({
      propertyPath: "machine",
      reason: '"local" needs mmdebstrap; install it with: apt-get install mmdebstrap',
    });
  });

  test("keeps dockerd's folder on its only disk, and has it on the data disk otherwise", async () => {
    const elsewhere = { DATA_ROOT: "/srv/docker" };
    const problem = { propertyPath: "daemon.dataRoot", reason: expect.any(String) as string };
    expect((await preflight(elsewhere)).problems).toEqual([problem]);
    expect((await preflight({ DATA_ROOT: "/var/lib/docker/inside" })).problems).toEqual([]);
    rmSync(join(computer.state, "image"));
    expect((await preflight(elsewhere)).problems).toEqual([]);
    expect((await preflight({ ...elsewhere, IMAGE: "2" })).problems).toEqual([problem]);
  });
});

test("output that preflight.sh never prints is an error", () => {
  expect(() => parsePreflight("")).toThrow(/said nothing of a generation/);
});
