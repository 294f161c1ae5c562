import { UNKNOWN } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { dependsOn } from "./deletions.ts";
import { covered } from "./propertyPath.ts";
import { type Run, refuseProtected, remove, resourceType } from "./execute.ts";

/**
 * Deletes a resource before its replacement is made, and before it those dependents that the replacement would replace
 * in turn (calculateDependentReplacements in step_generator.go). The state keeps them, marked, until they are made anew.
 */
export async function deleteBeforeReplacing(
  run: Run,
  old: Resource,
  rest: readonly Resource[],
): Promise<void> {
  const dependents = await replacedDependents(run, old, rest);
  dependents.forEach(refuseProtected);
  const doomed = [old, ...dependents];
  for (const resource of doomed.toReversed()) {
    if (resource.pendingReplacement) continue;
    const step = { kind: "delete-replaced" as const, urn: resource.urn, type: resource.type, old: resource };
    await remove(run, { ...step, changed: [], replace: [] }, resource, false, () => {
      resource.pendingReplacement = true;
    });
  }
}

async function replacedDependents(run: Run, old: Resource, rest: readonly Resource[]): Promise<Resource[]> {
  const replaced = [old];
  for (const resource of rest.slice(rest.indexOf(old) + 1)) {
    if (resource.delete || !replaced.some((other) => dependsOn(resource, other))) continue;
    if (await wouldBeReplaced(run, resource, new Set(replaced.map(({ urn }) => urn))))
      replaced.push(resource);
  }
  return replaced.slice(1);
}

/** Whether it is replaced when the properties that come from replaced resources are no longer known. */
async function wouldBeReplaced(run: Run, resource: Resource, replaced: Set<string>): Promise<boolean> {
  const type = await resourceType(run, resource);
  if (!type) return false;
  const inputs = { ...resource.inputs };
  for (const [name, urns] of Object.entries(resource.propertyDependencies ?? {})) {
    if (urns?.some((urn) => replaced.has(urn)) && name in inputs) inputs[name] = UNKNOWN;
  }
  const { changed, replace } = type.diff({ inputs: resource.inputs, outputs: resource.outputs }, inputs);
  const asked = covered(resource.replaceOnChanges ?? [], changed);
  return replace.length > 0 || asked.length > 0;
}
