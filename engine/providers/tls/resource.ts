import { isDeepStrictEqual } from "node:util";
import {
  type Diff,
  hasUnknown,
  isObject,
  plain,
  type PropertyMap,
  type PropertyValue,
  type ResourceState,
} from "../provider.ts";
import { failuresOf, type Fields, object, secret, withDefaults, withoutNulls } from "../shape.ts";

/** What the official provider's schema says of a resource. */
export interface Schema {
  inputs: Fields;
  /** What the provider fills in; in the outputs only. */
  defaults: PropertyMap;
  /** Inputs and outputs that are always secrets. */
  secrets: string[];
  /** Inputs that change without a replacement. */
  updatable?: string[];
}

export function check(schema: Schema, news: PropertyMap) {
  const inputs = withoutNulls(news);
  return { inputs, failures: failuresOf(object(schema.inputs), inputs) };
}

/** Compares with the state's outputs, as the official provider does: it holds the defaults there. */
export function diff(schema: Schema, { outputs }: ResourceState, news: PropertyMap): Diff {
  const planned = withDefaults(news, schema.defaults);
  const changed = Object.keys(schema.inputs).filter((name) => {
    const value = planned[name];
    return !same(outputs[name] ?? null, value ?? null);
  });
  return { changed, replace: changed.filter((name) => !schema.updatable?.includes(name)) };
}

/** Inputs and computed properties as the state keeps them. */
export function outputsOf(schema: Schema, news: PropertyMap, computed: PropertyMap): PropertyMap {
  const all = { ...withDefaults(news, schema.defaults), ...computed };
  const secrets = schema.secrets.filter((name) => all[name] !== undefined);
  return { ...all, ...Object.fromEntries(secrets.map((name) => [name, secret(all[name])])) };
}

function same(old: PropertyValue, value: PropertyValue): boolean {
  return !hasUnknown(value) && isDeepStrictEqual(bare(plain(old)), bare(plain(value)));
}

/** Without the nulls that stand for fields that are not set. */
function bare(value: PropertyValue): PropertyValue {
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, bare(each)]])),
      )
    : value;
}
