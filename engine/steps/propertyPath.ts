import type { PropertyMap, PropertyValue } from "../providers/provider.ts";
import { Secret, isObject } from "../providers/provider.ts";

type Key = string | number;

/** `a.b[0]["c.d"].*` -> ["a", "b", 0, "c.d", "*"]: sdk/go/common/resource/property_path.go. */
export function parsePath(path: string): Key[] {
  const keys: Key[] = [];
  const token = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]/y;
  while (token.lastIndex < path.length) {
    const match = token.exec(path);
    if (!match) throw new Error(`${path} is not a property path; write it like a.b[0]["c.d"]`);
    if (match[2] !== undefined) keys.push(Number(match[2]));
    else keys.push(match[1] ?? match[3]?.replaceAll('\\"', '"') ?? "*");
  }
  return keys;
}

/** The new inputs with the old values at the given paths of names (ignoreChanges). A path without an old value is removed. */
export function keepOld(news: PropertyMap, olds: PropertyMap, paths: string[]): PropertyMap {
  return paths.reduce((map, path) => merge(map, olds, parsePath(path)) as PropertyMap, news);
}

function merge(
  news: PropertyValue | undefined,
  olds: PropertyValue | undefined,
  path: Key[],
): PropertyValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return olds;
  if (news instanceof Secret || olds instanceof Secret) {
    const merged = merge(open(news), open(olds), path);
    return merged === undefined ? undefined : new Secret(merged);
  }
  if (!isObject(news)) return news;
  const name = String(key);
  const value = merge(news[name], isObject(olds) ? olds[name] : undefined, rest);
  const result = { ...news };
  if (value === undefined) delete result[name];
  else result[name] = value;
  return result;
}

function open(value: PropertyValue | undefined): PropertyValue | undefined {
  return value instanceof Secret ? value.value : value;
}

/** Those of the changed properties that one of the paths names, as a whole or by all of its elements (replaceOnChanges). */
export function covered(paths: string[], changed: string[]): string[] {
  const names = new Set(paths.map((path) => parsePath(path)[0]));
  return changed.filter((name) => names.has(name));
}
