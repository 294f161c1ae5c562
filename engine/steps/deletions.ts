import type { Resource } from "../state/checkpoint.ts";
import type { ResourceHeader } from "../state/file.ts";
import { parseReference } from "../state/urn.ts";
import { type Run, StepFailed, refuseProtected, remove } from "./execute.ts";
import type { Step } from "./goal.ts";

/**
 * Deletes resources in reverse order of dependency, independent ones in parallel. What depends on something that could
 * not be deleted stays; the rest goes on.
 */
export async function deleteAll(run: Run, doomed: Resource[]): Promise<void> {
  for (const resource of doomed) if (!resource.delete) refuseProtected(resource);
  const done = new Map<Resource, Promise<void>>();
  let failures = 0;
  // The state is in topological order: what depends on a resource stands behind it.
  for (const resource of doomed.toReversed()) {
    const dependents = [...done]
      .filter(([other]) => dependsOn(other, resource))
      .map(([, promise]) => promise);
    const deleted = Promise.all(dependents).then(() => {
      if (run.halt.signal.aborted) throw new StepFailed("stopped");
      return deleteOne(run, resource);
    });
    deleted.catch(() => failures++);
    done.set(resource, deleted);
  }
  const results = await Promise.allSettled(done.values());
  const unexpected = results.find(
    (result) => result.status === "rejected" && !(result.reason instanceof StepFailed),
  );
  if (unexpected?.status === "rejected") throw unexpected.reason;
  if (failures > 0) throw new StepFailed("some resources could not be deleted");
}

async function deleteOne(run: Run, resource: Resource): Promise<void> {
  const gone = resource.pendingReplacement === true;
  await remove(run, deletionStep(resource), resource, gone, () => run.snapshot.remove(resource));
}

function deletionStep(resource: Resource): Step {
  const kind = resource.delete ? "delete-replaced" : "delete";
  return { kind, urn: resource.urn, type: resource.type, old: resource, changed: [], replace: [] };
}

/** Whether `resource` must be gone before `other` can go. */
export function dependsOn(resource: ResourceHeader, other: ResourceHeader): boolean {
  if (resource === other) return false;
  return (
    resource.parent === other.urn ||
    (resource.dependencies?.includes(other.urn) ?? false) ||
    (resource.provider !== undefined &&
      parseReference(resource.provider).urn === other.urn &&
      parseReference(resource.provider).id === other.id)
  );
}
