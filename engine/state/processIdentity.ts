import { readFileSync, readlinkSync } from "node:fs";

/**
 * What tells, together with its number, a process from every other one. Numbers count within a namespace, and two
 * containers, or two computers, can have equal host names.
 */
export interface ProcessIdentity {
  /** This run of this kernel: /proc/sys/kernel/random/boot_id. */
  boot: string;
  /** Where its number and its start are counted: the namespaces of process ids and of time. */
  namespaces: string[];
  /** When it started, in clock ticks since the kernel did. */
  started: string;
}

/** This process's; undefined on a system that doesn't say, which is any other than Linux. */
export function ownIdentity(): ProcessIdentity | undefined {
  try {
    return {
      boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
      namespaces: [readlinkSync("/proc/self/ns/pid"), timeNamespace()],
      started: startOf("self"),
    };
  } catch {
    return undefined;
  }
}

/** Whether a process has surely ended: false for one that can't be seen from here. */
export function hasEnded(pid: number, identity: ProcessIdentity | undefined): boolean {
  const here = ownIdentity();
  if (here === undefined || identity === undefined) return false;
  if (identity.boot !== here.boot || `${identity.namespaces}` !== `${here.namespaces}`) return false;
  if (!numberIsUsed(pid)) return true;
  try {
    // A /proc of another namespace has other processes by these numbers.
    return readlinkSync("/proc/self") === String(process.pid) && startOf(pid) !== identity.started;
  } catch {
    return false;
  }
}

/** Also of a process that /proc hides from this user (`hidepid`). */
function numberIsUsed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Field 22 of proc_pid_stat(5). The second one is the program's name, in parentheses, with anything in it. */
function startOf(pid: number | "self"): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Linux before 5.6 has none. */
function timeNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/time");
  } catch {
    return "";
  }
}
