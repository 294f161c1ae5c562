import { readdirSync, readFileSync } from "node:fs";

/** A process of this computer. */
export interface Process {
  pid: number;
  command: string;
}

/** The virtual machines of this computer whose command line holds every one of the texts. */
export function processesNaming(...texts: string[]): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), command: commandOf(pid) }))
    .filter(({ command }) => command.startsWith("qemu-system") || command.includes("/qemu-system"))
    .filter(({ command }) => texts.every((text) => command.includes(text)));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
