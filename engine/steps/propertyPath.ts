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

/** Whether a change of the property is meant by one of the paths (replaceOnChanges). */
export function covers(paths: string[], property: string): boolean {
  return paths.some((path) => {
    const [key] = parsePath(path);
    return key === "*" || key === property;
  });
}
