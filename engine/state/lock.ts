import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { UserError } from "../errors.ts";
import type { FileBackend } from "./backend.ts";
import { readIfThere, writeAtomically } from "./files.ts";
import { hasEnded, ownIdentity, type ProcessIdentity } from "./processIdentity.ts";

interface Owner {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
  /** The official engine writes none, and ignores it. */
  process?: ProcessIdentity;
}

export interface Lock {
  /** Synchronous, so that a process which is told to go can do it. */
  release(): void;
}

/**
 * Takes the stack's lock, the official engine's: a file of its own for each who tries, and whoever sees another one
 * withdraws. Source: pkg/backend/diy/lock.go in github.com/pulumi/pulumi.
 *
 * @throws UserError which names the owner when somebody else has it
 */
export async function takeLock(backend: FileBackend, stack: string): Promise<Lock> {
  const folder = await backend.locks(stack);
  await removeOrphans(folder);
  refuseOthers(await others(folder, ""), stack);
  const mine = path.join(folder, `${randomUUID()}.json`);
  const owner: Owner = {
    pid: process.pid,
    username: userName(),
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    process: ownIdentity(),
  };
  try {
    await writeAtomically(mine, JSON.stringify(owner));
    refuseOthers(await others(folder, mine), stack);
  } catch (error) {
    rmSync(mine, { force: true });
    throw error;
  }
  return { release: () => rmSync(mine, { force: true }) };
}

/** Breaks every lock on the stack. */
export async function breakLocks(backend: FileBackend, stack: string): Promise<number> {
  const folder = await backend.locks(stack);
  const files = lockFiles(folder);
  for (const file of files) rmSync(file, { force: true });
  return files.length;
}

async function others(folder: string, mine: string): Promise<{ file: string; owner: Owner }[]> {
  const found = await Promise.all(
    lockFiles(folder)
      .filter((file) => file !== mine)
      .map(async (file) => ({ file, text: await readIfThere(file) })),
  );
  return found.flatMap(({ file, text }) => (text === undefined ? [] : [{ file, owner: ownerIn(text) }]));
}

function refuseOthers(locks: { file: string; owner: Owner }[], stack: string): void {
  if (locks.length === 0) return;
  const lines = locks.map(
    ({ file, owner }) =>
      `  ${file}: created by ${owner.username}@${owner.hostname} (pid ${owner.pid}) at ${owner.timestamp}`,
  );
  throw new UserError(
    `the stack is currently locked by ${locks.length} lock(s). Either wait for the other process(es) to end or ` +
      `delete the lock file(s) with \`pulumi cancel --stack ${stack}\`.\n${lines.join("\n")}`,
  );
}

/** A killed process can't take its lock away any more. Who isn't surely gone keeps it: `cancel` is the user's to run. */
async function removeOrphans(folder: string): Promise<void> {
  for (const { file, owner } of await others(folder, ""))
    if (hasEnded(owner.pid, owner.process)) rmSync(file, { force: true });
}

/** Containers run as numbers that no account has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

function lockFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.startsWith("."))
    .map((file) => path.join(folder, file));
}

function ownerIn(text: string): Owner {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return { pid: 0, username: "unknown", hostname: "unknown", timestamp: "an unknown time" };
  }
}
