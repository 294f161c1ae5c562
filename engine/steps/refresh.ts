import type { Resource } from "../state/checkpoint.ts";
import { type Run, contextOf, resourceType } from "./execute.ts";
import type { Step } from "./goal.ts";
import { changedNames, keepSecrets } from "./plan.ts";

/** Reads what can be read; what no longer exists leaves the state. */
export async function refreshAll(run: Run): Promise<void> {
  for (const old of run.snapshot.olds) {
    const now = await readAgain(run, old);
    const step: Step = {
      kind: "same",
      urn: old.urn,
      type: old.type,
      old,
      new: now,
      changed: [],
      replace: [],
    };
    if (!now) {
      run.snapshot.remove(old);
      run.events.finished({ ...step, kind: "delete" }, 0);
      continue;
    }
    run.snapshot.put(now, old);
    const changed = changedNames(old.outputs, now.outputs);
    run.events.finished(changed.length > 0 ? { ...step, kind: "update", changed } : step, 0);
  }
  if (!run.dryRun) await run.snapshot.save();
}

/** The resource as it is; undefined: it is gone. */
async function readAgain(run: Run, old: Resource): Promise<Resource | undefined> {
  const type = old.delete || old.pendingReplacement ? undefined : await resourceType(run, old);
  if (!type?.read || !old.id) return old;
  const context = contextOf(run, old.urn, undefined);
  const found = await type.read(old.id, { inputs: old.inputs, outputs: old.outputs }, context);
  if (!found) return undefined;
  const outputs = keepSecrets(found.outputs, old.outputs, old.additionalSecretOutputs ?? []);
  return { ...old, id: found.id, inputs: found.inputs, outputs };
}
