import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../freePort";
import { type Launched, launched } from "../launched";
import { run, succeeded } from "../run";

const script = join(__dirname, "machine.sh");

/** First on a stack's PATH, the folder whose `qemu-system-x86_64` boots the local machine's disk as a system container. */
export const nativeQemu = join(__dirname, "bin");

/** Which kind of machine tests run on where a real one isn't the point. */
export type GuestKind = "container" | "emulated";

let kind: GuestKind | undefined;

/** A system container where this computer can have one, unless REMOTE_DOCKER_TEST_MACHINES says `emulated`. */
export function guestKind(): GuestKind {
  kind ??=
    process.env.REMOTE_DOCKER_TEST_MACHINES === "emulated" || noContainers() !== ""
      ? "emulated"
      : "container";
  return kind;
}

/** Why this computer can't have system containers; empty where it can. */
export function noContainers(): string {
  const { status, stderr } = spawnSync("bash", [script, "can"], { encoding: "utf8" });
  return status === 0 ? "" : stderr.trim() || "unknown";
}

/** A system container's process. */
export interface LaunchedContainer extends Launched {
  /** Ends the machine as a power cut does: what is not on the disk yet is lost. */
  losePower(): Promise<void>;
}

/**
 * Boots `folder`'s disk; the container dies with this process, even a killed one.
 *
 * @param forward the machine's port that sshd is reached at, and more `ADDRESS:PORT=PORT`. Default: the front door's alone
 * @param port of 127.0.0.1 that leads there. Default: a free one
 */
export async function launchContainer(
  folder: string,
  forward: { port: number; more: string[] } = { port: 2376, more: [] },
  port?: number,
): Promise<LaunchedContainer> {
  port ??= await freePort();
  const console = join(folder, "console.log");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "bash", script], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      CONTAINER_DISK: join(folder, "disk"),
      CONTAINER_FORWARD: [`127.0.0.1:${port}=${forward.port}`, ...forward.more].join(" "),
      CONTAINER_CONSOLE: console,
    },
  });
  const machine = launched(child, port, console);
  const kill = async () => {
    await machine.kill();
    spawnSync("bash", [join(__dirname, "sweep.sh")]);
  };
  const losePower = async () => {
    succeeded(await run(["bash", script, "lose-writes", String(child.pid)]));
    await kill();
  };
  return { ...machine, kill, losePower };
}
