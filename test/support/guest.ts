import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type FirstBootArgs, firstBootUserData, provisionUser } from "../../components/machine/firstBoot";
import { launch, qemu } from "./guestProcess";
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

/** Starts a fresh copy of the booted guest, which is made where it isn't there yet. */
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

/**
 * The folder with the snapshot of the booted guest, its throw-away keys, kernel and image. What isn't there is made, which
 * takes a minute or more.
 *
 * @param tell called before it is made
 */
export async function bootedBase(tell: () => void = () => undefined): Promise<string> {
  const image = (await succeededRun(["bash", join(local, "image.sh"), "path"])).stdout.trim();
  const keyless = userData({ operator: { private: "", public: "" }, bootstrap: { private: "", public: "" } });
  const { stdout: version } = await succeededRun(["qemu-system-x86_64", "--version"]);
  const parts = [image, keyless, version, JSON.stringify(qemu("", "", 0))];
  const key = createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
  const base = join(cache, "test-guests", key);
  if (existsSync(base)) {
    utimesSync(base, new Date(), new Date());
    return base;
  }
  removeUnused();
  tell();

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

/** Removes what an earlier image or first boot has left, unless a run of today still uses it. */
function removeUnused(): void {
  const folder = join(cache, "test-guests");
  if (!existsSync(folder)) return;
  const yesterday = Date.now() - 24 * 3600_000;
  for (const name of readdirSync(folder)) {
    const old = join(folder, name);
    if (statSync(old).mtimeMs < yesterday) rmSync(old, { recursive: true, force: true });
  }
}

async function makeBase(folder: string): Promise<void> {
  for (const name of ["operator", "bootstrap"]) {
    await succeededRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
  }
  const state = join(folder, "state");
  const env = { ...process.env, XDG_STATE_HOME: state, INCARNATION: "test", DISK_SIZE: "8" };
  const input = userData(readKeys(folder));
  await succeededRun(["bash", join(local, "disk.sh"), "create", "test", "guest"], { env, input });
  for (const file of ["disk", "vmlinuz", "initrd.img"]) {
    renameSync(join(state, "remote-docker/test/guest/machine", file), join(folder, file));
  }
  rmSync(state, { recursive: true });
  const overlay = "qemu-img create -q -f qcow2 -F raw -b disk".split(" ");
  await succeededRun([...overlay, join(folder, "disk.qcow2")]);

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
