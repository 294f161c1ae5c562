import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a case's second run changes. */
export interface Change {
  /** Properties that replace those of the first run. */
  properties?: Record<string, unknown>;
  /** Options that replace those of the first run. */
  options?: Record<string, unknown>;
  /** The program no longer has the resource. */
  drop?: boolean;
}

/** What an engine plans for a resource. */
export interface Planned {
  op: string;
  /** Those of the program's properties that it gives as reasons. */
  reasons: string[];
}

/** A resource of the program (or one that comes with it), and what the official engine and providers make of it. */
export interface Case {
  type: string;
  properties?: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** What a component registers. */
  outputs?: Record<string, unknown>;
  change?: Change;
  recorded: {
    /** The resource in the state after the first run, normalised. */
    state: Record<string, unknown>;
    /** Its step in the second run; missing: it stays as it is. */
    step?: Planned;
  };
}

/** A file of cases: one type, or one subject. */
export interface Recording {
  /**
   * Versions of what was recorded. Empty: read from the official engine's source, and not yet recorded with
   * PULUMI_RECORD.
   */
  recordedWith: Record<string, string>;
  cases: Record<string, Case>;
}

export const recordedFolder = join(__dirname, "recorded");

/** All recordings by file name, in the order in which the program makes their resources. */
export function recordings(): Record<string, Recording> {
  const files = readdirSync(recordedFolder).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(
    files
      .sort()
      .map((file) => [file, JSON.parse(readFileSync(join(recordedFolder, file), "utf8")) as Recording]),
  );
}
