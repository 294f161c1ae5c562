import { randomUUID } from "node:crypto";
import type { Diff, PropertyMap, ResourceState, ResourceType } from "../providers/provider.ts";
import { equal } from "../wire/equality.ts";

export const providerPrefix = "pulumi:providers:";

/** Names of the properties that differ. */
export function changedKeys(olds: PropertyMap, news: PropertyMap): string[] {
  return Object.keys({ ...olds, ...news })
    .filter((key) => olds[key] === undefined || !equal(olds[key], news[key]))
    .sort();
}

function diffInputs(olds: ResourceState, news: PropertyMap): Diff {
  return { changed: changedKeys(olds.inputs, news), replace: [] };
}

/** A provider as a resource: nothing but its version. */
export const providerKind: ResourceType = {
  check: (inputs) => ({
    inputs,
    failures: Object.keys(inputs)
      .filter((property) => property !== "version" && property !== "__internal")
      .map((property) => ({ property, reason: "the offline engine knows no options of a provider; use the official CLI" })),
  }),
  diff({ inputs: { __internal: _old, ...olds } }, { __internal: _new, ...news }) {
    return { changed: changedKeys(olds, news), replace: [] };
  },
  create: (inputs) => Promise.resolve({ id: randomUUID(), outputs: withoutInternal(inputs) }),
  update: (_id, _olds, news) => Promise.resolve({ outputs: withoutInternal(news) }),
};

/** A component exists in the program only: its outputs come later, by registerResourceOutputs. */
export const componentKind: Omit<ResourceType, "create"> = {
  check: (inputs) => ({ inputs, failures: [] }),
  diff: diffInputs,
};

function withoutInternal({ __internal, ...others }: PropertyMap): PropertyMap {
  return others;
}
