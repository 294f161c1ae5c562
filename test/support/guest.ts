import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provisionUser } from "../../components/machine/firstBoot";
import { type GuestKind, guestKind, launchContainer, type LaunchedContainer } from "./container/container";
import { bootedBase, type GuestKeys, readKeys, snapshot, sshTo } from "./guestBase";
import { launchQemu } from "./guestProcess";
import type { Launched } from "./launched";
import { type Outcome, run, succeeded } from "./run";

export type { GuestKeys } from "./guestBase";

/** A machine of the product's own image, past its first boot, thrown away after the test. */
export interface Guest {
  /** The front door's port on 127.0.0.1. */
  port: number;
  /** Of a machine of the product's own. */
  keys: GuestKeys;
  /** How a program reaches its shell, as the stack's output `operator` has it. */
  operator: { host: string; port: number; user: string; privateKey: string; hostKey: string };
  /** Runs a command as somebody who may become root, whatever host key the guest shows by now. */
  ssh(command: string, stdin?: string | Buffer): Promise<Outcome>;
  /** Of a container: ends it as a power cut does, and boots it again; the port stays. */
  losePower?(): Promise<void>;
  /** Ends the guest's process and removes its disk. */
  stop(): Promise<void>;
}

/** Starts a fresh copy of the booted guest, which is made where it isn't there yet. */
export async function startGuest(kind: GuestKind = guestKind()): Promise<Guest> {
  const base = await bootedBase(kind);
  const folder = mkdtempSync(join(tmpdir(), "remote-docker-guest-"));
  let container = kind === "container" ? await startContainer(base, folder) : undefined;
  let machine: Launched = container ?? (await startEmulated(base, folder));
  const keys = readKeys(base);
  const guest: Guest = {
    port: machine.port,
    keys,
    operator: {
      host: "127.0.0.1",
      port: machine.port,
      user: provisionUser,
      privateKey: keys.operator.private,
      hostKey: keys.bootstrap.public,
    },
    ssh: sshTo(base, machine.port),
    stop: async () => {
      await machine.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (container !== undefined) {
    guest.losePower = async () => {
      await container!.losePower();
      machine = container = await launchContainer(folder, undefined, guest.port);
      await container.answers();
    };
  }
  try {
    await machine.answers();
    // The snapshot's clock stands still and later falls behind, and certificates of now must be valid there at once.
    if (kind === "emulated") {
      succeeded(await guest.ssh(`sudo -n date -u -s @${Math.round(Date.now() / 1000) + 600}`));
    }
  } catch (error) {
    await guest.stop();
    throw error;
  }
  return guest;
}

async function startContainer(base: string, folder: string): Promise<LaunchedContainer> {
  await copy(join(base, "disk"), join(folder, "disk"));
  return launchContainer(folder);
}

async function startEmulated(base: string, folder: string): Promise<Launched> {
  const disk = join(folder, "disk.qcow2");
  await copy(join(base, "disk.qcow2"), disk);
  succeeded(await run(["qemu-img", "rebase", "-u", "-F", "raw", "-b", join(base, "disk"), disk]));
  return launchQemu(base, folder, ["-loadvm", snapshot]);
}

async function copy(from: string, to: string): Promise<void> {
  succeeded(await run(["cp", "--sparse=always", "--reflink=auto", from, to]));
}
