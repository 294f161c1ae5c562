import { readdirSync, readFileSync } from "node:fs";
import { type Outcome, succeeded } from "./run";

const block = /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)-----END/g;

/** The private keys of a stack, from `stack export --show-secrets`: the base64 text of each, in its lines. */
export function privateKeysOf(exported: Outcome): string[] {
  const keys = new Set<string>();
  collect(JSON.parse(succeeded(exported).stdout), keys);
  return [...keys];
}

/** The keys that a text holds, however it was wrapped, quoted or escaped. */
export function privateKeysIn(text: string, keys: string[]): string[] {
  const squeezed = squeeze(text);
  return keys.filter((key) => squeezed.includes(squeeze(key)));
}

/**
 * A line of each key that nothing but the key has, to search for with grep: the second one, as the first one of the
 * OpenSSH format is the same in every key; the only one of a short key.
 */
export function linesOf(keys: string[]): string[] {
  return keys.map((key) => {
    const [first, second = first] = key.split("\n");
    return second;
  });
}

/** Collects what every process of this computer shows of itself, arguments and environment, until it is stopped. */
export class ProcessWatch {
  private readonly seen = new Set<string>();
  private readonly timer = setInterval(() => this.look(), 20);

  /** Everything that was seen, as one text. */
  stop(): string {
    clearInterval(this.timer);
    return [...this.seen].join("\n");
  }

  private look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      for (const part of ["cmdline", "environ"]) {
        try {
          this.seen.add(readFileSync(`/proc/${pid}/${part}`, "latin1"));
        } catch {
          // The process has ended meanwhile.
        }
      }
    }
  }
}

function squeeze(text: string): string {
  return text.replace(/\\+[nr]|[\s"\\]/g, "");
}

function collect(value: unknown, keys: Set<string>): void {
  if (typeof value === "string") {
    for (const [, body] of value.replace(/\\+n/g, "\n").matchAll(block)) keys.add(body.trim());
    for (const inner of embedded(value)) collect(inner, keys);
  } else if (value !== null && typeof value === "object") {
    for (const inner of Object.values(value)) collect(inner, keys);
  }
}

/** What a JSON text holds: a secret's plain text in an exported state is one. */
function embedded(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" || typeof value === "string" ? [value] : [];
  } catch {
    return [];
  }
}
