import { z } from "zod";
import {
  type CheckFailure,
  plain,
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
} from "./provider.ts";

/** Inputs by name; one that may be missing is `.nullish()`. */
export type Fields = Record<string, z.ZodType>;

export const string = z.string(must("text"));
export const number = z.number(must("a number"));
export const boolean = z.boolean(must("true or false"));

/** A whole number of at least `least`. */
export function integer(least: number): z.ZodType {
  return number.refine(
    (value) => Number.isSafeInteger(value) && value >= least,
    must(`a whole number of at least ${least}`),
  );
}

export function oneOf(...values: string[]): z.ZodType {
  return z.enum(values, must(`one of ${values.join(", ")}`));
}

export function list(item: z.ZodType): z.ZodType {
  return z.array(item, must("a list"));
}

/** Any names, all values alike. */
export function record(item: z.ZodType): z.ZodType {
  return z.record(z.string(), item, must("a map"));
}

/** The named fields and no others: what only the official provider can do is refused, never ignored. */
export function object(fields: Fields): z.ZodType {
  const unknown =
    `is not known to the offline engine, which has ${Object.keys(fields).join(", ")}; ` +
    "what else there is needs the official Pulumi CLI";
  const { error } = must("an object");
  return z.strictObject(fields, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknown : error(issue)),
  });
}

/** Completes the error of a value that isn't as it must be. */
export function must(what: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined || input === null ? "is missing" : `must be ${what}`) };
}

/** What is wrong with properties. A secret is looked into, and a value that isn't known yet is right. */
export function failuresOf(shape: z.ZodType, properties: PropertyMap): CheckFailure[] {
  const bare = plain(properties);
  const issues = shape.safeParse(bare).error?.issues ?? [];
  return issues
    .filter(({ path }) => isKnown(bare, path))
    .flatMap(({ path, message, ...issue }) => {
      const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
      return paths.map((each) => ({ property: z.core.toDotPath(each), reason: message }));
    });
}

/** Whether neither the value at the path nor one that it is in is still to become known. */
function isKnown(value: PropertyValue | undefined, [key, ...rest]: PropertyKey[]): boolean {
  if (value instanceof Unknown) return false;
  if (key === undefined || typeof value !== "object" || value === null) return true;
  return isKnown((value as Record<PropertyKey, PropertyValue>)[key], rest);
}

/** The properties without those that are null: the official providers take null for "not set". */
export function withoutNulls(properties: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

/** The properties with defaults for those that are missing. */
export function withDefaults(properties: PropertyMap, defaults: PropertyMap): PropertyMap {
  const missing = Object.entries(defaults).filter(([key]) => properties[key] === undefined);
  return { ...properties, ...Object.fromEntries(missing) };
}

/** A secret of the value; one that is a secret already stays as it is. */
export function secret(value: PropertyValue): PropertyValue {
  return value instanceof Secret ? value : new Secret(value);
}
