import { isObject, type PropertyValue, Secret, Unknown } from "../providers/provider.ts";

/** Whether two values are the same, secrecy included; nothing equals an unknown. */
export function equal(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a instanceof Unknown || b instanceof Unknown) return false;
  if (a instanceof Secret) return b instanceof Secret && equal(a.value, b.value);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => equal(element, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
    );
  }
  return a === b;
}
