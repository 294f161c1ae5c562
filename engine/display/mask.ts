import type { PropertyValue } from "../providers/provider.ts";
import { Secret, Unknown } from "../providers/provider.ts";
import { MASK } from "../state/values.ts";

/** Shorter ones (a port, "on") would mask half of every text; the official CLI leaves them out as well. */
const SHORTEST = 3;
/** A line of a longer secret, such as a PEM block, is masked on its own from this length on. */
const SHORTEST_LINE = 16;

/** Knows the secrets that were seen and hides them in whatever is shown, in messages of others as well. */
export class Masker {
  private readonly secrets = new Set<string>();

  /** Remembers every secret in the value. */
  learn(value: PropertyValue | undefined): void {
    if (!(value instanceof Secret)) for (const child of children(value)) this.learn(child);
    // A connection is secret as a whole, and its private key once more: nobody wants its host and user hidden.
    else if (holdsSecret(value.value)) this.learn(value.value);
    else this.learnInside(value.value);
  }

  learnInside(value: PropertyValue): void {
    if (value instanceof Secret) return this.learnInside(value.value);
    for (const child of children(value)) this.learnInside(child);
    if (typeof value === "string") this.learnText(value);
  }

  learnText(text: string): void {
    if (text.trim().length >= SHORTEST) this.secrets.add(text.trim());
    if (!text.includes("\n")) return;
    for (const line of text.split("\n")) {
      const trimmed = line.trim();
      if (trimmed.length >= SHORTEST_LINE && !trimmed.startsWith("-----")) this.secrets.add(trimmed);
    }
  }

  mask(text: string): string {
    let masked = text;
    for (const secret of this.longestFirst()) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  /** So that a secret that holds another one is hidden whole. */
  private longestFirst(): string[] {
    return [...this.secrets].sort((a, b) => b.length - a.length);
  }
}

function holdsSecret(value: PropertyValue): boolean {
  return value instanceof Secret || children(value).some(holdsSecret);
}

function children(value: PropertyValue | undefined): PropertyValue[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null || value instanceof Unknown) return [];
  return Object.values(value) as PropertyValue[];
}
