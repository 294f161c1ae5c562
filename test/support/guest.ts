import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type FirstBootArgs, firstBootUserData, provisionUser } from "../../components/machine/firstBoot";
import { freePort } from "./freePort";
import { type Outcome, run, succeeded } from "./run";

const local = join(__dirname, "../../components/machine/local");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "remote-docker");
const snapshot = "booted";

/** Throw-away keys of the snapshot, OpenSSH's format. */
export interface GuestKeys {
  operator: { private: string; public: string };
  /** The bootstrap host key that the guest shows until a permanent one is installed. */
  bootstrap: { private: string; public: string };
}

/** A machine of the product's own image, past its first boot, thrown away after the test. */
export interface Guest {
  /** The front door's port on 127.0.0.1. */
  port: number;
  keys: GuestKeys;
  /** Runs a command as `provision` through the front door, whatever host key the guest shows by now. */
  ssh(command: string, stdin?: string | Buffer): Promise<Outcome>;
  /** Ends the guest's process and removes its disk. */
  stop(): Promise<void>;
}

/** Starts a fresh copy of the booted guest; the first call on a computer builds the image and boots it. */
export async function startGuest(): Promise<Guest> {
  const base = await bootedBase();
  const folder = mkdtempSync(join(tmpdir(), "remote-docker-guest-"));
  const disk = join(folder, "disk.qcow2");
  await succeededRun(["cp", "--sparse=always", "--reflink=auto", join(base, "disk.qcow2"), disk]);
  await succeededRun(["qemu-img", "rebase", "-u", "-F", "raw", "-b", join(base, "disk"), disk]);
  const machine = await launch(base, folder, ["-loadvm", snapshot]);
  const guest = { ...machine, keys: readKeys(base), ssh: sshTo(base, machine.port) };
  try {
    await machine.answers();
    // The snapshot's clock stands still; certificates of now would not be valid yet.
    succeeded(await guest.ssh(`sudo -n date -u -s @${Math.round(Date.now() / 1000)}`));
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return guest;
}

/** The folder with the snapshot of the booted guest, its throw-away keys, kernel and image. */
async function bootedBase(): Promise<string> {
  const image = (await succeededRun(["bash", join(local, "image.sh"), "path"])).stdout.trim();
  const keyless = userData({ operator: { private: "", public: "" }, bootstrap: { private: "", public: "" } });
  const helper = readFileSync(__filename);
  const key = createHash("sha256").update(image).update(keyless).update(helper).digest("hex").slice(0, 16);
  const base = join(cache, "test-guests", key);
  if (existsSync(base)) return base;

  await succeededRun(["bash", join(local, "image.sh"), "build"]);
  mkdirSync(join(cache, "test-guests"), { recursive: true, mode: 0o700 });
  const partial = mkdtempSync(`${base}.partial-`);
  try {
    await makeBase(partial);
    renameSync(partial, base);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(base)) throw error;
  }
  return base;
}

async function makeBase(folder: string): Promise<void> {
  for (const name of ["operator", "bootstrap"]) {
    await succeededRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
  }
  const state = join(folder, "state");
  const environment = { ...process.env, XDG_STATE_HOME: state, INCARNATION: "test", DISK_SIZE: "8" };
  const stdin = userData(readKeys(folder));
  await succeededRun(["bash", join(local, "disk.sh"), "create", "test", "guest"], {
    env: environment,
    input: stdin,
  });
  await succeededRun([
    "bash",
    "-c",
    `mv '${state}'/remote-docker/test/guest/machine/{disk,vmlinuz,initrd.img} '${folder}'`,
  ]);
  rmSync(state, { recursive: true });
  await succeededRun([
    "qemu-img",
    "create",
    "-q",
    "-f",
    "qcow2",
    "-F",
    "raw",
    "-b",
    "disk",
    join(folder, "disk.qcow2"),
  ]);

  const machine = await launch(folder, folder, []);
  try {
    await machine.answers();
    succeeded(await sshTo(folder, machine.port)("sudo -n cloud-init status --wait && sync"));
    const said = await machine.monitor("human-monitor-command", { "command-line": `savevm ${snapshot}` });
    if (said !== "") throw new Error(`savevm: ${said}`);
  } finally {
    await machine.stop();
  }
}

function userData(keys: GuestKeys): string {
  const args: FirstBootArgs = {
    hostname: "guest",
    operatorPublicKey: keys.operator.public,
    bootstrapHostKeyPrivate: keys.bootstrap.private,
    bootstrapHostKeyPublic: keys.bootstrap.public,
    installPackages: false,
  };
  return firstBootUserData(args);
}

function readKeys(folder: string): GuestKeys {
  const pair = (name: string) => ({
    private: readFileSync(join(folder, name), "utf8"),
    public: readFileSync(join(folder, `${name}.pub`), "utf8").trim(),
  });
  return { operator: pair("operator"), bootstrap: pair("bootstrap") };
}

interface Launched {
  port: number;
  /** Ends when sshd answers through the front door; fails when the guest dies before. */
  answers(): Promise<void>;
  /** Gives QEMU a command and returns its answer. */
  monitor(command: string, args: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts QEMU on `folder`'s disk; it dies with this process, even a killed one. */
async function launch(base: string, folder: string, more: string[]): Promise<Launched> {
  const port = await freePort();
  const qemu = [
    ...[
      "qemu-system-x86_64",
      "-name",
      "guest=remote-docker-test",
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
    ],
    ...[
      "-machine",
      "q35",
      "-accel",
      "tcg,thread=multi",
      "-cpu",
      "max",
      "-smp",
      "2",
      "-m",
      "2048",
      "-rtc",
      "base=utc",
    ],
    ...["-kernel", join(base, "vmlinuz"), "-initrd", join(base, "initrd.img")],
    ...["-append", "root=/dev/vda ro console=ttyS0 ds=nocloud"],
    ...[
      "-drive",
      `if=none,id=root,file=${join(folder, "disk.qcow2")},cache=unsafe`,
      "-device",
      "virtio-blk-pci,drive=root",
    ],
    ...[
      "-netdev",
      `user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:${port}-:2376`,
      "-device",
      "virtio-net-pci,netdev=net",
    ],
    ...["-device", "virtio-rng-pci", "-serial", `file:${join(folder, "console.log")}`],
    ...["-qmp", `unix:${join(folder, "qmp.sock")},server=on,wait=off`],
    ...more,
  ];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...qemu], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    port,
    answers: () => answers(child, port, folder),
    monitor: async (command, args) => {
      const { stdout } = await succeededRun(
        ["node", join(local, "monitor.js"), join(folder, "qmp.sock"), command, JSON.stringify(args)], //
      );
      return JSON.parse(stdout) as unknown;
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      if (folder !== base) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** slirp accepts connections before the guest listens: only sshd's banner says that the guest is there. */
async function answers(qemu: ChildProcess, port: number, folder: string): Promise<void> {
  let complaints = "";
  qemu.stderr?.on("data", (data) => (complaints += String(data)));
  const deadline = Date.now() + 300_000;
  while (!(await hasBanner(port))) {
    if (qemu.exitCode !== null || qemu.signalCode !== null || Date.now() > deadline) {
      const log = join(folder, "console.log");
      const end = existsSync(log) ? readFileSync(log, "utf8").slice(-3000) : "";
      throw new Error(`the guest does not answer on port ${port}\n${complaints}\n${end}`);
    }
  }
}

/** Waits for the first bytes at a port, not for longer than a second. */
function hasBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => end(false), 1000);
    const end = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    // The front door takes a silent client for SSH too, but only after a delay.
    socket.once("connect", () => socket.write("SSH-2.0-probe\r\n"));
    socket.once("data", (data) => end(data.toString().startsWith("SSH-")));
    // A refused connection is asked again when the second is over.
    socket.on("error", () => undefined);
  });
}

function sshTo(base: string, port: number): Guest["ssh"] {
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
  ];
  return (command, stdin) =>
    run(
      [
        ...["ssh", "-F", "none", "-i", join(base, "operator"), "-p", String(port)],
        ...options.flatMap((option) => ["-o", option]),
        ...[`${provisionUser}@127.0.0.1`, command],
      ],
      { input: stdin },
    );
}

async function succeededRun(...args: Parameters<typeof run>): Promise<Outcome> {
  return succeeded(await run(...args));
}
