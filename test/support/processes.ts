import { readdirSync, readFileSync } from "node:fs";

/** A process of this computer. */
export interface Process {
  pid: number;
  command: string;
}

/** The virtual machines of this computer whose command line holds every one of the texts. */
export function virtualMachinesNaming(...texts: string[]): Process[] {
  return processes("cmdline")
    .map(({ pid, words }) => ({ pid, command: words.join(" ").trim() }))
    .filter(({ command }) => command.startsWith("qemu-system") || command.includes("/qemu-system"))
    .filter(({ command }) => texts.every((text) => command.includes(text)));
}

/** Every other process of this computer that has a text in its command line or its first environment. */
export function processesNaming(text: string): number[] {
  const naming = [...processes("cmdline"), ...processes("environ")].filter(
    ({ pid, words }) => pid !== process.pid && words.some((word) => word.includes(text)),
  );
  return [...new Set(naming.map(({ pid }) => pid))];
}

/**
 * Ends every other process of this computer that has a text in its command line or its first environment, which children
 * inherit; also what those start before they end.
 *
 * @throws Error when one of them can't be ended
 */
export async function endProcessesNaming(text: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const pids = processesNaming(text);
    if (pids.length === 0) return;
    if (Date.now() > deadline) throw new Error(`processes that name ${text} don't end: ${pids.join(", ")}`);
    for (const pid of pids) kill(pid);
    await new Promise((next) => setTimeout(next, 20));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function processes(file: "cmdline" | "environ"): { pid: number; words: string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), words: read(`/proc/${pid}/${file}`).split("\0") }));
}

/** Nothing for a process that has ended or is somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
