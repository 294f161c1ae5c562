import type { PropertyMap, ResourceType } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { type Run, StepFailed, perform, refuseProtected } from "./execute.ts";
import type { Goal, Step } from "./goal.ts";
import { keepSecrets } from "./plan.ts";
import { deleteBeforeReplacing } from "./replacements.ts";

/** A resource on its way from the state to the goal. */
export interface Change {
  goal: Goal;
  /** Missing: a component. */
  type: ResourceType | undefined;
  /** As the state is to have it; what only the provider knows is filled in. */
  resource: Resource;
  old: Resource | undefined;
  step: Step;
  /** Brings it into the state, in the place of `old`. */
  settle(result: Partial<Resource>, old: Resource | undefined): void;
}

/** Nothing to do but to note what the program says of it. */
export function keep(run: Run, { goal, step, settle }: Change, old: Resource): void {
  settle({ id: old.id, outputs: keepSecrets(old.outputs, {}, goal.additionalSecretOutputs) }, old);
  run.events.finished(step, 0);
}

export async function update(run: Run, change: Change, old: Resource): Promise<void> {
  const { goal, type, resource, step, settle } = change;
  const act = type?.update?.bind(type);
  const state = { inputs: old.inputs, outputs: old.outputs };
  await perform<{ outputs: PropertyMap }>(run, {
    step,
    operation: "updating",
    resource: { ...resource, id: old.id },
    timeout: goal.customTimeouts?.update,
    act: act && ((context) => act(old.id ?? "", state, resource.inputs, context)),
    settle: (result) => {
      const outputs = secretive(change, result?.outputs ?? (type ? resource.inputs : old.outputs));
      settle({ modified: now(), ...result, id: old.id, outputs }, old);
    },
  });
}

/** Makes the resource; one that it replaces goes before it, or at the end of the run. */
export async function create(run: Run, change: Change, deleteFirst: boolean): Promise<void> {
  const { goal, type, resource, old, step, settle } = change;
  // A program may take the protection away and replace in one run.
  if (old && !old.pendingReplacement && goal.protect) refuseProtected(old);
  if (old && deleteFirst) await deleteBeforeReplacing(run, old, run.snapshot.resources());
  if (run.halt.signal.aborted) throw new StepFailed("stopped before it was made anew");
  await perform<{ id?: string; outputs: PropertyMap }>(run, {
    step: { ...step, kind: old ? "create-replacement" : "create" },
    operation: "creating",
    resource,
    timeout: goal.customTimeouts?.create,
    act: type && ((context) => type.create(resource.inputs, context)),
    settle: (result) => {
      const outputs = secretive(change, result?.outputs ?? (type ? resource.inputs : {}));
      const gone = old?.pendingReplacement;
      if (old && !gone) old.delete = true;
      settle({ created: now(), modified: now(), ...result, outputs }, gone ? old : undefined);
    },
  });
  if (old) run.events.finished({ ...step, kind: "replace" }, 0);
}

function secretive({ goal, resource }: Change, outputs: PropertyMap): PropertyMap {
  return keepSecrets(outputs, resource.inputs, goal.additionalSecretOutputs);
}

function now(): string {
  return new Date().toISOString();
}
