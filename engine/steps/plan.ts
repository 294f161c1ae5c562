import { isDeepStrictEqual } from "node:util";

import { UserError } from "../errors.ts";
import type { Diff, PropertyMap, PropertyValue, ResourceType } from "../providers/provider.ts";
import { Secret, hasUnknown, isObject, plain } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { withoutReferences } from "../wire/properties.ts";
import type { Goal } from "./goal.ts";
import { covered, keepOld } from "./propertyPath.ts";

export type Decision =
  | { kind: "create" }
  | { kind: "same" }
  | { kind: "update"; changed: string[] }
  | { kind: "replace"; changed: string[]; replace: string[]; deleteFirst: boolean };

/** The inputs as the provider takes them; what is wrong with them ends the run before anything is done. */
export function checkedInputs(
  goal: Goal,
  type: ResourceType | undefined,
  old: Resource | undefined,
): PropertyMap {
  if (!type) return goal.inputs;
  const given = withoutReferences(goal.inputs) as PropertyMap;
  const wanted = old ? keepOld(given, old.inputs, goal.ignoreChanges) : given;
  const { inputs, failures } = type.check(wanted, old?.inputs);
  if (failures.length === 0) return inputs;
  const reasons = failures.map(({ property, reason }) => `${property}: ${reason}`);
  throw new UserError(`${goal.type} resource '${goal.name}' has a problem: ${reasons.join("; ")}`);
}

/** What brings a resource from the state to the goal. Inputs are checked already; without a type it is a component. */
export function decide(
  old: Resource | undefined,
  goal: Goal,
  inputs: PropertyMap,
  type: ResourceType | undefined,
): Decision {
  if (!old) return { kind: "create" };
  if (!type) {
    const changed = changedNames(old.inputs, keepOld(inputs, old.inputs, goal.ignoreChanges));
    return changed.length > 0 ? { kind: "update", changed } : { kind: "same" };
  }
  const diff = type.diff({ inputs: old.inputs, outputs: old.outputs }, inputs);
  const asked = covered(goal.replaceOnChanges, diff.changed);
  const replace = new Set([...replaceNames(diff, type), ...asked]);
  if (replace.size > 0) {
    const deleteFirst = goal.deleteBeforeReplace ?? false;
    return { kind: "replace", changed: diff.changed, replace: [...replace], deleteFirst };
  }
  const { changed } = diff;
  return changed.length > 0 || (old.initErrors?.length ?? 0) > 0
    ? { kind: "update", changed }
    : { kind: "same" };
}

function replaceNames(diff: Diff, type: ResourceType): string[] {
  return type.update ? diff.replace : [...diff.replace, ...diff.changed];
}

/** Names of top-level properties whose plain values differ, or whose new value isn't known. */
export function changedNames(olds: PropertyMap, news: PropertyMap): string[] {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  return names.filter((name) => {
    const [a, b] = [olds[name], news[name]];
    if (a === undefined || b === undefined) return a !== b;
    return hasUnknown(b) || !isDeepStrictEqual(plain(a), plain(b));
  });
}

/** Outputs that repeat a secret input are secret too (annotateSecrets in pkg/resource/plugin/provider_plugin.go). */
export function keepSecrets(outputs: PropertyMap, inputs: PropertyMap, additional: string[]): PropertyMap {
  const result = annotate(outputs, inputs);
  for (const name of additional) {
    const value = result[name];
    if (value !== undefined && !(value instanceof Secret)) result[name] = new Secret(value);
  }
  return result;
}

function annotate(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, annotateValue(value, inputs[name])]),
  );
}

function annotateValue(output: PropertyValue, input: PropertyValue | undefined): PropertyValue {
  if (output instanceof Secret || input === undefined) return output;
  if (input instanceof Secret) return new Secret(output);
  return isObject(output) && isObject(input) ? annotate(output, input) : output;
}
