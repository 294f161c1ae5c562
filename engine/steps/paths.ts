import { isObject, type PropertyMap, type PropertyValue, Secret } from "../providers/provider.ts";
import { equal } from "../wire/equality.ts";

/**
 * Property paths such as `tags.owner`, `triggers[*]`, `root["a.b"][0]`.
 * Source: sdk/go/common/resource/property_path.go in github.com/pulumi/pulumi.
 */
export type Path = (string | number)[];

const segment = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|\.?([^.[\]]+)/gy;

/** @throws Error when the text is no path */
export function parsePath(text: string): Path {
  const path: Path = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < text.length) {
    const match = segment.exec(text);
    if (!match) throw new Error(`${JSON.stringify(text)} is not a property path; write one like tags.owner or list[0]`);
    const [, index, quoted, star, name] = match;
    path.push(index !== undefined ? Number(index) : (quoted?.replaceAll(/\\(.)/g, "$1") ?? star ?? name));
  }
  return path;
}

/** `news` where what the path leads to is as it is in `olds`: ignoreChanges. */
export function restore(news: PropertyMap, olds: PropertyMap, path: Path): PropertyMap {
  return restored(news, olds, path) as PropertyMap;
}

function restored(
  news: PropertyValue | undefined,
  olds: PropertyValue | undefined,
  [first, ...rest]: Path,
): PropertyValue | undefined {
  if (first === undefined) return olds;
  if (news instanceof Secret) {
    return new Secret(restored(news.value, olds instanceof Secret ? olds.value : olds, [first, ...rest]) ?? null);
  }
  const before = olds instanceof Secret ? olds.value : olds;
  if (Array.isArray(news) && (typeof first === "number" || first === "*")) {
    return news.map((element, index) => {
      const old = Array.isArray(before) ? before[index] : undefined;
      const chosen = (first === "*" || first === index) && old !== undefined;
      return chosen ? (restored(element, old, rest) ?? null) : element;
    });
  }
  if (!isObject(news)) return news;
  const result = { ...news };
  const keys = first === "*" ? Object.keys({ ...news, ...(isObject(before) ? before : {}) }) : [String(first)];
  for (const key of keys) {
    const value = restored(news[key], isObject(before) ? before[key] : undefined, rest);
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

/** Whether what the path leads to differs: replaceOnChanges. */
export function differsAt(a: PropertyValue | undefined, b: PropertyValue | undefined, [first, ...rest]: Path): boolean {
  if (first === undefined) return a === undefined || b === undefined ? a !== b : !equal(a, b);
  const [left, right] = [children(a), children(b)];
  const keys = first === "*" ? Object.keys({ ...left, ...right }) : [String(first)];
  return keys.some((key) => differsAt(left[key], right[key], rest));
}

function children(value: PropertyValue | undefined): PropertyMap {
  if (value instanceof Secret) return children(value.value);
  if (Array.isArray(value)) return { ...(value as unknown as PropertyMap) };
  return isObject(value) ? value : {};
}
