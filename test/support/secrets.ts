import { type Outcome, succeeded } from "./run";

const block = /-----BEGIN [A-Z ]*PRIVATE KEY-----([\s\S]*?)-----END/g;

/** The private keys of a stack: from `stack export --show-secrets`, each as its base64 text without white space. */
export function privateKeysOf(exported: Outcome): string[] {
  const keys = new Set<string>();
  collect(JSON.parse(succeeded(exported).stdout), keys);
  return [...keys];
}

/** The keys that a text holds, however it was wrapped, quoted or escaped. */
export function privateKeysIn(text: string, keys: string[]): string[] {
  const squeezed = text.replace(/\\+[nr]|[\s"\\]/g, "");
  return keys.filter((key) => squeezed.includes(key));
}

function collect(value: unknown, keys: Set<string>): void {
  if (typeof value === "string") {
    for (const [, body] of value.replaceAll("\\n", "\n").matchAll(block)) keys.add(body.replace(/\s/g, ""));
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
