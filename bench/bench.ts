import { provisioning } from "./provisioning";
import { changes } from "./changes";

/** A line of the result: what was measured, and what it may be at most. */
export interface Ratio {
  what: string;
  value: number;
  limit: number;
  /** What the value was made of, e.g. "6.1 s by up, 5.0 s by hand". */
  from: string;
}

/** Prints ratios, not times: both sides of each were measured one after the other on the same computer. */
export async function main(): Promise<void> {
  for (const measure of [provisioning, changes]) {
    for (const ratio of await measure()) print(ratio);
  }
}

function print({ what, value, limit, from }: Ratio): void {
  const within = value <= limit;
  const verdict = within ? "ok  " : "OVER";
  process.stdout.write(`${verdict} ${value.toFixed(2).padStart(6)} (at most ${limit})  ${what}: ${from}\n`);
  if (!within) process.exitCode = 1;
}

/** What is being measured right now, for whoever watches. */
export function say(text: string): void {
  process.stderr.write(`• ${text}\n`);
}

/** What some work gives, and how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const began = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - began) / 1000 };
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
