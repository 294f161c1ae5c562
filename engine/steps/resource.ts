import type { PropertyMap } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import type { Goal } from "./goal.ts";

export interface Place {
  urn: string;
  /** <urn>::<id>. */
  provider: string | undefined;
  inputs: PropertyMap;
  /** What is in the state already. */
  old: Resource | undefined;
}

/** The resource as the state is to have it, still without what only the provider knows: id and outputs. */
export function desired(goal: Goal, { urn, provider, inputs, old }: Place): Resource {
  return {
    urn,
    type: goal.type,
    custom: goal.custom,
    inputs,
    outputs: {},
    parent: goal.parent,
    protect: goal.protect,
    provider,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    customTimeouts: goal.customTimeouts,
    retainOnDelete: goal.retainOnDelete,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
    created: old?.created,
    modified: old?.modified,
  };
}
