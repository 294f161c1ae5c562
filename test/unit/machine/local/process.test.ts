import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { freePort } from "../../../support/freePort";
import { Computer } from "./computer";

jest.setTimeout(60_000);

let computer: Computer;

beforeEach(async () => {
  computer = new Computer();
  computer.environment.PORT = String(await freePort());
  mkdirSync(computer.state, { recursive: true });
  for (const [name, text] of [
    ["disk", ""],
    ["incarnation", "SHA256:one\n"],
    ["vmlinuz", ""],
    ["initrd.img", ""],
  ]) {
    writeFileSync(join(computer.state, name), text);
  }
  computer.fakeQemu("boots");
});

afterEach(() => computer.remove());

const start = (changes = {}) => computer.script("process.sh", ["start", "p", "s"], changes);

test("a start ends when sshd answers, with the number of the start recorded", async () => {
  const { status, stderr } = await start({ GENERATION: "7" });
  expect(stderr).toMatch(/the machine answers/);
  expect(status).toBe(0);
  expect(computer.pid).toBeDefined();
  expect(computer.recorded("generation")).toBe("7");
});

test("only the front door is forwarded, from the address and port that were asked for", async () => {
  await start();
  const forwards = computer.recorded("arguments").match(/hostfwd=[^,\n]*/g);
  expect(forwards).toEqual([`hostfwd=tcp:127.0.0.1:${computer.environment.PORT}-:2376`]);
});

test("the machine's process, which lives for months, has nothing of the environment but where programs are", async () => {
  await start({ PULUMI_CONFIG_PASSPHRASE: "secret", AWS_SECRET_ACCESS_KEY: "secret" });
  const environment = readFileSync(`/proc/${computer.pid}/environ`, "utf8").split("\0");
  const names = environment.filter((line) => line !== "").map((line) => line.split("=")[0]);
  // The shell of this test's pretended QEMU adds some of its own.
  expect(names.filter((name) => !["PATH", "PWD", "OLDPWD", "SHLVL", "_"].includes(name))).toEqual([]);
});

test("the process list names project and stack", async () => {
  await start();
  expect(computer.recorded("arguments")).toContain("guest=remote-docker/p/s");
});

test("cloud-init does its work on the first boot alone", async () => {
  await start();
  expect(computer.recorded("arguments")).not.toContain("cloud-init=disabled");
  expect(computer.recorded("arguments")).toContain("rootflags=sync");
  await start({ CPUS: "3", GENERATION: "2" });
  expect(computer.recorded("arguments")).toContain("cloud-init=disabled");
  expect(computer.recorded("arguments")).not.toContain("rootflags=sync");
});

test("a machine that runs as wanted is left alone", async () => {
  await start();
  const { pid } = computer;
  expect((await start()).status).toBe(0);
  expect(computer.pid).toBe(pid);
});

test("a changed setting shuts the guest down and starts it again", async () => {
  await start();
  const { pid } = computer;
  const { status, stderr } = await start({ MEMORY: "2048", GENERATION: "2" });
  expect(stderr).toContain("shutting the machine down");
  expect(status).toBe(0);
  expect(computer.pid).not.toBe(pid);
  expect(computer.recorded("arguments")).toContain("2048");
  expect(computer.recorded("generation")).toBe("2");
});

test("a machine whose process was killed is started again", async () => {
  await start();
  await computer.killMachine();
  expect((await start({ GENERATION: "2" })).status).toBe(0);
  expect(computer.pid).toBeDefined();
});

test("a process that has got the machine's number after a restart of the computer is left alone", async () => {
  const other = spawn("sleep", ["60"]);
  writeFileSync(join(computer.state, "qemu.pid"), `${other.pid}\n`);
  expect((await start()).status).toBe(0);
  await computer.script("process.sh", ["stop", "p", "s"]);
  expect(other.exitCode ?? other.signalCode).toBeNull();
  other.kill();
});

test("a guest that dies during its boot is noticed at once, with the end of its console and QEMU's own words", async () => {
  computer.fakeQemu("dies");
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/last words[^]*process ended while it booted \(exit status 1\) QEMU's own words/);
});

test("a QEMU that crashes while its guest boots is started again, at most twice", async () => {
  computer.fakeQemu("crashes");
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr.match(/crashed while it booted \(exit status 139\).*: starting it again/g)).toHaveLength(2);
  expect(stderr).toContain("ended while it booted (exit status 139)");
});

test("a QEMU that is ended from outside is not started again", async () => {
  computer.fakeQemu("isKilled");
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).not.toContain("starting it again");
  expect(stderr).toContain("ended while it booted (exit status 137)");
});

test("a guest that panics is noticed at once, and the end of its console is shown", async () => {
  computer.fakeQemu("panics");
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/Kernel panic - not syncing: no root[^]*does not boot/);
});

test.each(["dies", "panics"] as const)(
  "a guest that %s leaves no process, and doesn't count, so that the next up starts it afresh",
  async (guest) => {
    computer.fakeQemu(guest);
    await start();
    expect(computer.pid).toBeUndefined();
    expect(() => computer.recorded("generation")).toThrow(/ENOENT/);
    computer.fakeQemu("boots");
    expect(await start()).toMatchObject({ status: 0 });
  },
);

test("what QEMU itself says is in the error when it doesn't start", async () => {
  const other = createServer().listen(Number(computer.environment.PORT), "127.0.0.1");
  const { status, stderr } = await start();
  other.close();
  expect(status).not.toBe(0);
  expect(stderr).toContain("QEMU did not start: could not set up host forwarding rule: EADDRINUSE");
});

test("a machine without its disk is not started, and the error says what to do", async () => {
  rmSync(join(computer.state, "disk"));
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/disk of the machine is gone.*npm run destroy/);
});

test("the data disk is mounted where dockerd and containerd keep what they have", async () => {
  writeFileSync(join(computer.state, "image"), "1 1700000000\n");
  writeFileSync(join(computer.state, "data"), "");
  await start();
  const given = computer.recorded("arguments");
  expect(given).toMatch(/id=root,.*file=.*\/disk\n[^]*id=data,.*file=.*\/data\n/);
  const place = "/var/lib/remote-docker/data";
  for (const mount of [
    `LABEL=docker-data:${place}:ext4:x-systemd.growfs,discard,x-systemd.device-timeout=10min`,
    `${place}/var/lib/docker:/var/lib/docker:none:bind`,
    `${place}/var/lib/containerd:/var/lib/containerd:none:bind`,
  ]) {
    expect(given).toContain(` systemd.mount-extra=${mount}`);
  }
});

test("a machine that was made with one disk is started with one", async () => {
  await start();
  expect(computer.recorded("arguments")).not.toMatch(/mount-extra|id=data/);
});

test("a machine whose system is gone, but not its data, is not told to be destroyed", async () => {
  writeFileSync(join(computer.state, "data"), "");
  rmSync(join(computer.state, "disk"));
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/what Docker has is still there; write another number as local\.image/);
  expect(stderr).not.toContain("destroy");
});

test("a machine whose data disk is gone is not started with an empty one", async () => {
  writeFileSync(join(computer.state, "image"), "1 1700000000\n");
  const { status, stderr } = await start();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/disk of the machine is gone/);
});

test("a deleted machine shuts down and leaves no process", async () => {
  await start();
  const { status } = await computer.script("process.sh", ["delete", "p", "s"]);
  expect(status).toBe(0);
  expect(computer.pid).toBeUndefined();
  expect(computer.recorded("console.log")).toContain("Power down");
});

test("deleting a machine whose process is dead, or that never was, succeeds", async () => {
  await start();
  await computer.killMachine();
  expect((await computer.script("process.sh", ["delete", "p", "s"])).status).toBe(0);
  expect((await computer.script("process.sh", ["delete", "p", "other"])).status).toBe(0);
});

test("deleting an earlier incarnation leaves the machine of the present one alone", async () => {
  await start();
  expect(
    (await computer.script("process.sh", ["delete", "p", "s"], { INCARNATION: "SHA256:zero" })).status,
  ).toBe(0);
  expect(computer.pid).toBeDefined();
});

test("a guest that doesn't shut down is ended", async () => {
  computer.fakeQemu("hangs");
  await start();
  const { status, stderr } = await computer.script("process.sh", ["delete", "p", "s"], {
    SHUTDOWN_SECONDS: "1",
  });
  expect(status).toBe(0);
  expect(stderr).toContain("ending its process");
  expect(computer.pid).toBeUndefined();
});

describe("a machine that is stopped by its user", () => {
  const halt = (changes = {}) => computer.script("process.sh", ["halt", "p", "s"], changes);
  const resume = (changes = {}) => computer.script("process.sh", ["resume", "p", "s"], changes);

  test("starts again with the settings and the number of its start as before, so that `up` finds nothing to do", async () => {
    await start({ GENERATION: "7", MEMORY: "2048" });
    const settings = computer.recorded("settings");
    expect(await halt()).toMatchObject({ status: 0 });
    expect(computer.pid).toBeUndefined();
    expect((await halt()).stderr).toContain("doesn't run");

    expect(await resume({ GENERATION: "", MEMORY: "" })).toMatchObject({ status: 0 });
    expect(computer.pid).toBeDefined();
    expect([computer.recorded("settings"), computer.recorded("generation")]).toEqual([settings, "7"]);
    expect((await resume()).stderr).toContain("runs already");
  });

  test("is this stack's own: another one's is left running, and not started", async () => {
    await start();
    const foreign = { INCARNATION: "SHA256:other" };
    for (const action of [halt, resume]) {
      const { status, stderr } = await action(foreign);
      expect(status).toBe(1);
      expect(stderr).toContain("is not this stack's");
    }
    expect(computer.pid).toBeDefined();
  });

  test("has to be on this computer", async () => {
    rmSync(join(computer.state, "disk"));
    expect((await halt()).stderr).toContain("is not on this computer");
  });
});
