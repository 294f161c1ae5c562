import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Planned, Recording } from "./cases";
import { recordedFolder } from "./cases";
import type { Engine } from "./engines";

/** What an engine's runs showed, by the resource's name. */
export interface Observed {
  /** After the first run, normalised. */
  state: Record<string, Record<string, unknown>>;
  /** Planned for the second. */
  steps: Record<string, Planned>;
}

/** Writes the recordings anew: for when another version is pinned. Read the difference before you keep it. */
export function record(
  recordings: Record<string, Recording>,
  { state, steps }: Observed,
  engine: Engine,
): void {
  const recordedWith = versions(engine);
  for (const [file, { cases }] of Object.entries(recordings)) {
    for (const [name, one] of Object.entries(cases)) {
      one.recorded = { state: state[name], step: steps[name] };
    }
    writeFileSync(join(recordedFolder, file), `${JSON.stringify({ recordedWith, cases }, null, 2)}\n`);
  }
}

function versions({ command: [binary] }: Engine): Record<string, string> {
  const sdks = ["@pulumi/pulumi", "@pulumi/command", "@pulumi/tls"].map((name): [string, string] => {
    const file = readFileSync(require.resolve(`${name}/package.json`), "utf8");
    return [name, (JSON.parse(file) as { version: string }).version];
  });
  return {
    pulumi: execFileSync(binary, ["version"], { encoding: "utf8" }).trim(),
    ...Object.fromEntries(sdks),
  };
}
