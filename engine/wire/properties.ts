import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";

import { Unsupported, UserError } from "../errors.ts";
import type { PropertyMap, PropertyValue } from "../providers/provider.ts";
import { Secret, UNKNOWN, Unknown, isObject } from "../providers/provider.ts";
import {
  ARCHIVE,
  ASSET,
  OUTPUT_VALUE,
  RESOURCE_REFERENCE,
  SECRET,
  SIGNATURE_KEY,
  UNKNOWN_VALUE,
} from "./signatures.ts";

/** A Struct's JavaScript form. What JSON can't say is an object with a signature, and an unknown is a string. */
export type Plain = Record<string, JavaScriptValue> | undefined;

export function decode(value: JavaScriptValue): PropertyValue {
  if (value === UNKNOWN_VALUE) return UNKNOWN;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new UserError(`${value} is no number that the state can hold; look where the program computes it`);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, JavaScriptValue>;
  switch (fields[SIGNATURE_KEY]) {
    case SECRET:
      return new Secret(decode(fields.value ?? null));
    case OUTPUT_VALUE: {
      const inner = Object.hasOwn(fields, "value") ? decode(fields.value) : UNKNOWN;
      return fields.secret === true ? new Secret(inner) : inner;
    }
    case ASSET:
    case ARCHIVE:
      throw new Unsupported("a file asset or archive as a resource's property");
    default:
      return decodeMap(fields);
  }
}

export function decodeMap(fields: Plain): PropertyMap {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, decode(value)]));
}

export function encode(value: PropertyValue): JavaScriptValue {
  if (value instanceof Unknown) return UNKNOWN_VALUE;
  if (value instanceof Secret) return { [SIGNATURE_KEY]: SECRET, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  return isObject(value) ? encodeMap(value) : value;
}

export function encodeMap(map: PropertyMap): Record<string, JavaScriptValue> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, encode(value)]));
}

/** What a provider sees instead of a resource: its id, or a component's URN. */
export function withoutReferences(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return new Secret(withoutReferences(value.value));
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === RESOURCE_REFERENCE) return value.id ?? value.urn ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutReferences(inner)]));
}
