import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Computer } from "./computer";

jest.setTimeout(60_000);

let computer: Computer;

beforeEach(async () => {
  computer = new Computer();
  await computer.fakeImage();
});

afterEach(() => computer.remove());

const create = (userData: string, changes = {}) =>
  computer.script("disk.sh", ["create", "p", "s"], changes, userData);
const remove = (changes = {}) => computer.script("disk.sh", ["delete", "p", "s"], changes);

/** A file of the seed inside the disk. */
function seed(name: string): string {
  const request = `cat /var/lib/cloud/seed/nocloud/${name}`;
  return execFileSync("debugfs", ["-R", request, join(computer.state, "disk")], {
    encoding: "utf8",
    stdio: "pipe",
  });
}

const size = (disk = "data") => statSync(join(computer.state, disk)).size / 1024 ** 3;

/** What a command of debugfs prints about one of the machine's disks. */
function look(disk: string, request: string): string {
  return execFileSync("debugfs", ["-R", request, join(computer.state, disk)], {
    encoding: "utf8",
    stdio: "pipe",
  });
}

/** Puts a file into a folder of one of the machine's disks. */
function put(disk: string, folder: string, text: string): void {
  const file = join(computer.folder, "put");
  writeFileSync(file, text);
  const input = `cd ${folder}\nwrite ${file} file\n`;
  execFileSync("debugfs", ["-w", "-f", "-", join(computer.state, disk)], { input, stdio: "pipe" });
}

/** Makes the machine one of the time before there were data disks, with something of Docker's on its disk. */
async function earlierMachine(): Promise<void> {
  await create("one");
  for (const name of ["data", "image"]) rmSync(join(computer.state, name));
  const disk = join(computer.state, "disk");
  const input = "mkdir var/lib/docker\nmkdir var/lib/containerd\n";
  execFileSync("debugfs", ["-w", "-f", "-", disk], { input, stdio: "pipe" });
  put("disk", "/var/lib/docker", "of an earlier machine");
}

test("a new machine has a copy of the image with the first boot's data, and a data disk in the size asked for", async () => {
  expect(await create("#cloud-config\n{}\n", { DISK_SIZE: "6" })).toMatchObject({ status: 0 });
  expect(size()).toBe(6);
  expect(size("disk")).toBe(8);
  expect(look("data", "ls -p /var/lib")).toMatch(
    /\/040755\/0\/0\/docker\/.*\n.*\/040755\/0\/0\/containerd\//,
  );
  expect(look("data", "stats")).toMatch(/volume name: +docker-data$/m);
  expect(seed("user-data")).toBe("#cloud-config\n{}\n");
  expect(seed("meta-data")).toBe("instance-id: SHA256:one\n");
  expect(seed("network-config")).toContain("10.0.2.15/24");
});

test("a place with spaces in its path is as good as another", async () => {
  const place = { XDG_STATE_HOME: join(computer.folder, "my own state") };
  expect(await create("#cloud-config\n{}\n", place)).toMatchObject({ status: 0, stderr: "" });
  const disk = join(place.XDG_STATE_HOME, "remote-docker/p/s/machine/disk");
  const request = ["-R", "cat /var/lib/cloud/seed/nocloud/user-data", disk];
  expect(execFileSync("debugfs", request, { encoding: "utf8", stdio: "pipe" })).toBe("#cloud-config\n{}\n");
});

test("kernel and disk outlive the cache", async () => {
  await create("one");
  rmSync(computer.cache, { recursive: true });
  expect(computer.recorded("vmlinuz")).toBe("vmlinuz");
  expect(await create("one")).toMatchObject({ status: 0 });
});

test("the user data, which holds a host key, is nowhere that another user could read, and not beside the disk", async () => {
  await create("secret");
  expect(statSync(computer.state).mode & 0o077).toBe(0);
  expect(statSync(join(computer.state, "disk")).mode & 0o077).toBe(0);
  expect(computer.left.filter((name) => name.includes("seed") || name.includes("user-data"))).toEqual([]);
});

test("changed user data leaves the disk of the same incarnation as it is", async () => {
  await create("one");
  expect(await create("two")).toMatchObject({ status: 0 });
  expect(seed("user-data")).toBe("one");
});

test("an only disk of an earlier machine is the one that grows", async () => {
  await earlierMachine();
  await create("one", { DISK_SIZE: "9" });
  expect(size("disk")).toBe(9);
  expect(computer.left.filter((name) => name.endsWith("/data"))).toEqual([]);
});

test("a disk grows and never shrinks", async () => {
  await create("one", { DISK_SIZE: "4" });
  await create("one", { DISK_SIZE: "7" });
  expect(size()).toBe(7);
  await create("one", { DISK_SIZE: "4" });
  expect(size()).toBe(7);
});

test("a new incarnation gets a new disk, and deleting the earlier one spares it", async () => {
  await create("one");
  expect(await create("two", { INCARNATION: "SHA256:two" })).toMatchObject({ status: 0 });
  expect(seed("user-data")).toBe("two");
  expect(await remove({ INCARNATION: "SHA256:one" })).toMatchObject({ status: 0 });
  expect(seed("user-data")).toBe("two");
});

describe("a machine that is made anew", () => {
  const renewed = { INCARNATION: "SHA256:two", IMAGE: "2" };

  test("gets another system, and keeps its data", async () => {
    await create("one", { DISK_SIZE: "6" });
    put("data", "/var/lib/docker", "kept");
    for (const name of ["generation", "console.log"])
      writeFileSync(join(computer.state, name), "of the former");
    expect(await create("two", { ...renewed, DISK_SIZE: "7" })).toMatchObject({ status: 0 });
    expect(seed("user-data")).toBe("two");
    expect(look("data", "cat /var/lib/docker/file")).toBe("kept");
    expect(size()).toBe(7);
    expect(computer.recorded("image")).toMatch(/^2 \d+$/);
    // The first boot of the new system is one: cloud-init has to run.
    expect(computer.left.filter((name) => /generation|console|partial|next/.test(name))).toEqual([]);
  });

  test("and had one disk has it for its data from then on", async () => {
    await earlierMachine();
    const { status, stderr } = await create("two", renewed);
    expect(status).toBe(0);
    expect(stderr).toContain("becomes its data disk");
    expect(look("data", "cat /var/lib/docker/file")).toBe("of an earlier machine");
    expect(look("data", "stats")).toMatch(/volume name: +docker-data$/m);
    expect(seed("user-data")).toBe("two");
  });

  test("goes on as it is when there is no image of today", async () => {
    computer.tool("mmdebstrap", "#!/bin/sh\nexit 1\n");
    await earlierMachine();
    rmSync(await computer.image(), { recursive: true });
    const before = statSync(join(computer.state, "disk"));
    expect((await create("two", renewed)).status).not.toBe(0);
    expect(computer.recorded("incarnation")).toBe("SHA256:one");
    expect(statSync(join(computer.state, "disk"))).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    });
  });

  test.each(["mv", "rm", "find", "e2label", "rmdir"])(
    "keeps its data when a run is killed at any %s of it, and the next run goes on",
    async (tool) => {
      const real = execFileSync("bash", ["-c", `PATH=$PATH:/sbin; command -v ${tool}`], {
        encoding: "utf8",
      }).trim();
      for (let kills = 1, killed = true; killed; kills++) {
        rmSync(computer.state, { recursive: true, force: true });
        await earlierMachine();
        const count = join(computer.folder, "count");
        writeFileSync(count, "");
        computer.tool(
          tool,
          `#!/bin/bash\necho >>${count}\nif (($(wc -l <${count}) == ${kills})); then kill -KILL $PPID; exit; fi\nexec ${real} "$@"\n`,
        );
        killed = (await create("two", renewed)).status !== 0;
        rmSync(join(computer.folder, "bin", tool));
        // What a former renewal may have left to be deleted.
        await remove({ INCARNATION: "SHA256:zero" });
        expect(await create("two", renewed)).toMatchObject({ status: 0 });
        expect(look("data", "cat /var/lib/docker/file")).toBe("of an earlier machine");
        expect(look("data", "stats")).toMatch(/volume name: +docker-data$/m);
        expect(seed("user-data")).toBe("two");
      }
    },
  );
});

test("data are never made anew over those that are there, also when the system is gone", async () => {
  await create("one");
  put("data", "/var/lib/docker", "kept");
  for (const name of ["disk", "incarnation", "image"]) rmSync(join(computer.state, name));
  expect(await create("one")).toMatchObject({ status: 0 });
  expect(look("data", "cat /var/lib/docker/file")).toBe("kept");
});

test("a disk that was half made by a run that was killed is made anew", async () => {
  mkdirSync(join(computer.state, "seed"), { recursive: true });
  for (const name of ["disk", "disk.partial", "seed/user-data"])
    writeFileSync(join(computer.state, name), "half");
  expect(await create("one")).toMatchObject({ status: 0 });
  expect(seed("user-data")).toBe("one");
  expect(computer.left.filter((name) => name.includes("partial"))).toEqual([]);
});

test("an image without a place for the first boot's data is an error, not a machine that nobody can reach", async () => {
  const image = join(await computer.image(), "root.ext4");
  rmSync(image);
  execFileSync("mke2fs", ["-q", "-t", "ext4", image, "16M"]);
  const { status, stderr } = await create("one");
  expect(status).not.toBe(0);
  expect(stderr).toContain("nothing could be written into");
});

test("a deleted disk leaves nothing behind, not even empty folders", async () => {
  await create("one");
  expect(await remove()).toMatchObject({ status: 0 });
  expect(computer.left).toEqual([]);
});

test("deleting a half-made disk, or one that never was, succeeds and leaves nothing behind", async () => {
  mkdirSync(computer.state, { recursive: true });
  writeFileSync(join(computer.state, "disk.partial"), "half");
  expect(await remove()).toMatchObject({ status: 0 });
  expect(await remove()).toMatchObject({ status: 0 });
  expect(computer.left).toEqual([]);
});

test("other stacks and other files of the stack stay when a disk is deleted", async () => {
  await create("one");
  const others = ["s/operator", "t/machine"].map((name) => join(computer.states, "remote-docker/p", name));
  others.forEach((folder) => mkdirSync(folder, { recursive: true }));
  await remove();
  expect(others.map((folder) => statSync(folder).isDirectory())).toEqual([true, true]);
});
