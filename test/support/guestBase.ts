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
import { homedir } from "node:os";
import { join } from "node:path";
import { type FirstBootArgs, firstBootUserData, provisionUser } from "../../components/machine/firstBoot";
import { type GuestKind, launchContainer } from "./container/container";
import { launchQemu, qemu } from "./guestProcess";
import { type Outcome, run, succeeded } from "./run";

const local = join(__dirname, "../../components/machine/local");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "remote-docker");

/** The name of the emulated machine's snapshot. */
export const snapshot = "booted";

/** Throw-away keys of a booted machine, OpenSSH's format. */
export interface GuestKeys {
  operator: { private: string; public: string };
  /** The bootstrap host key that the guest shows until a permanent one is installed. */
  bootstrap: { private: string; public: string };
}

/**
 * The folder with a machine that has its first boot behind it: its throw-away keys, and the disk (of a container, `disk`;
 * of an emulated machine, `disk.qcow2` with a snapshot in it, `disk`, kernel and initial file system). What isn't there is
 * made, which takes seconds for a container and a minute or more for an emulated machine.
 *
 * @param tell called before it is made
 */
export async function bootedBase(kind: GuestKind, tell: () => void = () => undefined): Promise<string> {
  const image = (await succeededRun(["bash", join(local, "image.sh"), "path"])).stdout.trim();
  const keyless = userData(kind, {
    operator: { private: "", public: "" },
    bootstrap: { private: "", public: "" },
  });
  const machine = kind === "container" ? containerScripts() : await emulator();
  const key = createHash("sha256").update([image, keyless, machine].join("\n")).digest("hex").slice(0, 16);
  const base = join(cache, "test-guests", `${kind}-${key}`);
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
    await makeBase(kind, partial);
    renameSync(partial, base);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(base)) throw error;
  }
  return base;
}

export function readKeys(folder: string): GuestKeys {
  const pair = (name: string) => ({
    private: readFileSync(join(folder, name), "utf8"),
    public: readFileSync(join(folder, `${name}.pub`), "utf8").trim(),
  });
  return { operator: pair("operator"), bootstrap: pair("bootstrap") };
}

/** Runs commands as `provision` through the front door at a port, whatever host key it shows. */
export function sshTo(
  base: string,
  port: number,
): (command: string, stdin?: string | Buffer) => Promise<Outcome> {
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

function containerScripts(): string {
  const folder = join(__dirname, "container");
  return ["machine.sh", "control.js"].map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
}

async function emulator(): Promise<string> {
  const { stdout } = await succeededRun(["qemu-system-x86_64", "--version"]);
  return stdout + JSON.stringify(qemu("", "", 0));
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

async function makeBase(kind: GuestKind, folder: string): Promise<void> {
  for (const name of ["operator", "bootstrap"]) {
    await succeededRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
  }
  const state = join(folder, "state");
  const env = { ...process.env, XDG_STATE_HOME: state, INCARNATION: "test", DISK_SIZE: "8" };
  const input = userData(kind, readKeys(folder));
  await succeededRun(["bash", join(local, "disk.sh"), "create", "test", "guest"], { env, input });
  for (const file of kind === "container" ? ["disk"] : ["disk", "vmlinuz", "initrd.img"]) {
    renameSync(join(state, "remote-docker/test/guest/machine", file), join(folder, file));
  }
  rmSync(state, { recursive: true });
  await (kind === "container" ? bootContainer(folder) : bootEmulated(folder));
}

async function bootContainer(folder: string): Promise<void> {
  const machine = await launchContainer(folder);
  try {
    await machine.answers();
    const ssh = sshTo(folder, machine.port);
    succeeded(await ssh("sudo -n cloud-init status --wait"));
    // Later boots are as the local machine's, which are without it.
    succeeded(await ssh("sudo -n touch /etc/cloud/cloud-init.disabled"));
    await ssh("sudo -n systemctl poweroff");
    await machine.ended;
  } finally {
    await machine.kill();
  }
}

async function bootEmulated(folder: string): Promise<void> {
  const overlay = "qemu-img create -q -f qcow2 -F raw -b disk".split(" ");
  await succeededRun([...overlay, join(folder, "disk.qcow2")]);
  const machine = await launchQemu(folder, folder, []);
  try {
    await machine.answers();
    succeeded(await sshTo(folder, machine.port)("sudo -n cloud-init status --wait && sync"));
    const said = await machine.monitor("human-monitor-command", { "command-line": `savevm ${snapshot}` });
    if (said !== "") throw new Error(`savevm: ${JSON.stringify(said)}`);
  } finally {
    await machine.kill();
  }
}

const header = "#cloud-config\n";

function userData(kind: GuestKind, keys: GuestKeys): string {
  const args: FirstBootArgs = {
    hostname: "guest",
    operatorPublicKey: keys.operator.public,
    bootstrapHostKeyPrivate: keys.bootstrap.private,
    bootstrapHostKeyPublic: keys.bootstrap.public,
    installPackages: false,
  };
  const text = firstBootUserData(args);
  if (kind === "emulated") return text;
  // In a user namespace nobody may mount the root again.
  const configuration = JSON.parse(text.slice(header.length)) as { runcmd: string[][] };
  configuration.runcmd = configuration.runcmd.filter(([command]) => command !== "mount");
  return header + JSON.stringify(configuration);
}

async function succeededRun(...args: Parameters<typeof run>): Promise<Outcome> {
  return succeeded(await run(...args));
}
