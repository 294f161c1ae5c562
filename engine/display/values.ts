import type { PropertyMap, PropertyValue } from "../providers/provider.ts";
import { Secret, Unknown } from "../providers/provider.ts";
import type { Json } from "../state/file.ts";
import { MASK } from "../state/values.ts";

/** Shown for a value that only the update will know, as the official CLI does. */
const NOT_KNOWN = "[unknown]";

/** A value as the official CLI shows it in outputs and diffs; never a secret. */
export function show(value: PropertyValue, indent = ""): string {
  if (value instanceof Secret) return MASK;
  if (value instanceof Unknown) return NOT_KNOWN;
  if (typeof value !== "object" || value === null) return scalar(value, indent);
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item, i) => `${inner}[${i}]: ${show(item, inner)}`);
    return `[\n${items.join("\n")}\n${indent}]`;
  }
  const names = Object.keys(value).sort();
  if (names.length === 0) return "{}";
  return `{\n${lines(value, inner).join("\n")}\n${indent}}`;
}

/** `name: value` for each property, names padded to one width. */
export function lines(map: PropertyMap, indent: string): string[] {
  const names = Object.keys(map).sort();
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${indent}${name.padEnd(width)}: ${show(map[name] ?? null, indent)}`);
}

function scalar(value: null | boolean | number | string, indent: string): string {
  if (value === null) return "<null>";
  if (typeof value !== "string" || !value.trimEnd().includes("\n")) return JSON.stringify(value);
  return value.trimEnd().replace(/^/gm, `${indent}    `).replace(/^/, "\n");
}

/** A value as JSON for `--json`; secrets masked unless they are asked for. Text goes through `shown`. */
export function toJson(
  value: PropertyValue,
  showSecrets: boolean,
  shown = (text: string): string => text,
): Json {
  const inner = (each: PropertyValue): Json => toJson(each, showSecrets, shown);
  if (value instanceof Secret) return showSecrets ? inner(value.value) : MASK;
  if (value instanceof Unknown) return NOT_KNOWN;
  if (typeof value === "string") return shown(value);
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inner(each)]));
}
