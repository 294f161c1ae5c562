import { isObject, type PropertyMap, type PropertyValue, Secret, UNKNOWN, Unknown } from "../providers/provider.ts";
import { Unsupported } from "../errors.ts";

/**
 * Values that JSON can't say travel as objects with a signature, and unknowns as a string.
 * Source: sdk/go/common/resource/properties.go in github.com/pulumi/pulumi.
 */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** From a Struct's JavaScript form. */
export function decode(value: unknown): PropertyValue {
  if (value === unknownText) return UNKNOWN;
  if (Array.isArray(value)) return value.map(decode);
  if (value === null || typeof value !== "object") return (value ?? null) as PropertyValue;
  const fields = value as Record<string, unknown>;
  switch (fields[signatureKey]) {
    case signatures.secret:
      return new Secret(decode(fields.value));
    case signatures.output: {
      const inner = Object.hasOwn(fields, "value") ? decode(fields.value) : UNKNOWN;
      return fields.secret === true ? new Secret(inner) : inner;
    }
    case signatures.asset:
    case signatures.archive:
      throw new Unsupported("A file asset or archive as a resource's property");
    default:
      return decodeMap(fields);
  }
}

export function decodeMap(fields: Record<string, unknown>): PropertyMap {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, decode(value)]));
}

/** To a Struct's JavaScript form. */
export function encode(value: PropertyValue): unknown {
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  return isObject(value) ? encodeMap(value) : value;
}

export function encodeMap(map: PropertyMap): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, encode(value)]));
}
