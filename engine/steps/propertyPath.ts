import { isDeepStrictEqual } from "node:util";

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

/** The new inputs with the old values at the given paths (ignoreChanges). A path without an old value is removed. */
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
  if (Array.isArray(news)) {
    return news.map((item, i) =>
      key === "*" || key === i
        ? (merge(item, Array.isArray(olds) ? olds[i] : undefined, rest) ?? item)
        : item,
    );
  }
  if (!isObject(news)) return news;
  const old = isObject(olds) ? olds : {};
  const names = key === "*" ? [...new Set([...Object.keys(news), ...Object.keys(old)])] : [String(key)];
  const result = { ...news };
  for (const name of names) {
    const value = merge(news[name], old[name], rest);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}

function open(value: PropertyValue | undefined): PropertyValue | undefined {
  return value instanceof Secret ? value.value : value;
}

/**
 * Those of the changed properties in which something that one of the paths contains has changed (replaceOnChanges):
 * applyReplaceOnChanges in pkg/resource/deploy/step_generator.go.
 */
export function covered(paths: string[], changed: string[], olds: PropertyMap, news: PropertyMap): string[] {
  const keys = paths.map(parsePath);
  return changed.filter((name) => {
    const within = changedPaths([name], olds[name], news[name]);
    return (within.length > 0 ? within : [[name]]).some((path) =>
      keys.some((given) => contains(given, path)),
    );
  });
}

/** Where two values differ, as deep as both have parts; a secret has none: PropertyMap.Diff in sdk/go/common/resource. */
function changedPaths(path: Key[], old: PropertyValue | undefined, now: PropertyValue | undefined): Key[][] {
  if (Array.isArray(old) && Array.isArray(now)) {
    return indices(old, now).flatMap((i) => changedPaths([...path, i], old[i], now[i]));
  }
  if (isObject(old) && isObject(now)) {
    return Object.keys({ ...old, ...now }).flatMap((key) => changedPaths([...path, key], old[key], now[key]));
  }
  return isDeepStrictEqual(old, now) ? [] : [path];
}

function indices(...lists: unknown[][]): number[] {
  return [...Array(Math.max(...lists.map(({ length }) => length))).keys()];
}

/** Contains in sdk/go/common/resource/properties_path.go: `a.*` contains `a.b[0]`, and not `a`. */
function contains(path: Key[], other: Key[]): boolean {
  return path.length <= other.length && path.every((key, i) => key === "*" || key === other[i]);
}
