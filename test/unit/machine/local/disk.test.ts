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

const size = () => statSync(join(computer.state, "disk")).size / 1024 ** 3;

test("a new disk is a copy of the image in the size asked for, with the first boot's data in it", async () => {
  expect(await create("#cloud-config\n{}\n", { DISK_SIZE: "6" })).toMatchObject({ status: 0 });
  expect(size()).toBe(6);
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
  expect(stderr).toContain("the first boot's data could not be written into the disk");
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
