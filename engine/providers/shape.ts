import {
  type CheckFailure,
  type PropertyMap,
  type PropertyValue,
  Secret,
  Unknown,
  isObject,
} from "./provider.ts";

/**
 * What a property must look like: returns what is wrong with the value at a path. A secret is looked into, and a value
 * that isn't known yet is right.
 */
export type Shape = (value: PropertyValue, at: string) => CheckFailure[];

/** A property of an object; without `required` it may be missing. */
export interface Field {
  shape: Shape;
  required?: boolean;
}

export const anything: Shape = () => [];
export const string = primitive((value) => typeof value === "string", "text");
export const number = primitive((value) => typeof value === "number", "a number");
export const boolean = primitive((value) => typeof value === "boolean", "true or false");

/** A whole number of at least `least`. */
export function integer(least: number): Shape {
  return primitive(
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
    `a whole number of at least ${least}`,
  );
}

export function oneOf(...values: string[]): Shape {
  return primitive((value) => values.includes(value as string), `one of ${values.join(", ")}`);
}

/** Text that a test accepts; `what` completes "must be …". */
export function text(test: (value: string) => boolean, what: string): Shape {
  return primitive((value) => typeof value === "string" && test(value), what);
}

export function list(item: Shape): Shape {
  return known((value, at) =>
    Array.isArray(value)
      ? value.flatMap((each, i) => item(each, `${at}[${i}]`))
      : wrong(at, "must be a list"),
  );
}

/** Any names, all values alike. */
export function record(item: Shape): Shape {
  return known((value, at) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, each]) => item(each, join(at, key)))
      : wrong(at, "must be a map"),
  );
}

/** The named fields and no others. */
export function object(fields: Record<string, Field>): Shape {
  return known((value, at) => {
    if (!isObject(value)) return wrong(at, "must be an object");
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
    return [
      ...unknown.flatMap((key) =>
        wrong(
          join(at, key),
          `is not known to the offline engine, which has ${Object.keys(fields).join(", ")}; ` +
            "what else there is needs the official Pulumi CLI",
        ),
      ),
      ...Object.entries(fields).flatMap(([key, { shape, required }]) => {
        const each = value[key];
        if (each !== undefined && each !== null) return shape(each, join(at, key));
        return required ? wrong(join(at, key), "is missing") : [];
      }),
    ];
  });
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

function primitive(test: (value: PropertyValue) => boolean, what: string): Shape {
  return known((value, at) => (test(value) ? [] : wrong(at, `must be ${what}`)));
}

function known(shape: Shape): Shape {
  return function look(value, at): CheckFailure[] {
    if (value instanceof Secret) return look(value.value, at);
    return value instanceof Unknown ? [] : shape(value, at);
  };
}

function wrong(property: string, reason: string): CheckFailure[] {
  return [{ property, reason }];
}

function join(at: string, key: string): string {
  return at === "" ? key : `${at}.${key}`;
}
