import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type History, parseHistory } from "../../../../cli/audit/history.ts";

/** What a real machine printed, while alice was connected or after she was removed. */
export function recordedLines(name: "while-connected" | "after-revocation"): string[] {
  return readFileSync(join(__dirname, "recorded", `${name}.txt`), "utf8")
    .trimEnd()
    .split("\n");
}

export function recorded(name: "while-connected" | "after-revocation"): History {
  return parseHistory(recordedLines(name));
}

/** 2026-11-21, by the recorded machine's clock. */
export function at(clock: string): number {
  return Date.parse(`2026-11-21T${clock}Z`);
}
