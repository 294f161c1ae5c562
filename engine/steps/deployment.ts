import { Unsupported, UserError } from "../errors.ts";
import type { PropertyMap, ResourceType } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { isProviderType, makeUrn } from "../state/urn.ts";
import { withoutReferences } from "../wire/properties.ts";
import { UNKNOWN_VALUE } from "../wire/signatures.ts";
import { aliasUrns } from "./aliases.ts";
import { deleteAll } from "./deletions.ts";
import {
  type Run,
  StepFailed,
  contextOf,
  perform,
  providerOf,
  refuseProtected,
  resourceType,
} from "./execute.ts";
import type { Goal, Step } from "./goal.ts";
import { type Decision, changedNames, decide, keepSecrets } from "./plan.ts";
import { keepOld } from "./propertyPath.ts";
import { deleteBeforeReplacing } from "./replacements.ts";
import { desired } from "./resource.ts";

/** What the program gets to know of a resource that it registered. */
export interface Registered {
  urn: string;
  /** "" while it isn't known. */
  id: string;
  outputs: PropertyMap;
}

/** A resource on its way from the state to the goal. */
interface Change {
  goal: Goal;
  type: ResourceType | undefined;
  resource: Resource;
  old: Resource | undefined;
  step: Step;
}

/** Takes what the program wants, one resource after the other, and brings the state there. */
export class Deployment {
  private readonly run: Run;
  private readonly olds = new Map<string, Resource>();
  private readonly settled = new Map<string, Resource>();
  private readonly seen = new Set<string>();
  private readonly aliases = new Map<string, string[]>();
  private readonly defaults = new Map<string, Promise<string>>();
  private readonly running = new Set<Promise<unknown>>();
  /** URNs of what this run replaces. */
  private readonly replaced = new Set<string>();

  constructor(run: Run) {
    this.run = run;
    for (const old of run.snapshot.olds) if (!old.delete) this.olds.set(old.urn, old);
  }

  /** No further step begins; those that run end. */
  stop(): void {
    this.run.halt.abort();
  }

  get isStopped(): boolean {
    return this.run.halt.signal.aborted;
  }

  async register(goal: Goal): Promise<Registered> {
    if (this.isStopped) throw new StepFailed("the update was stopped");
    const registering = this.registerNow(goal);
    this.running.add(registering);
    try {
      return await registering;
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      this.running.delete(registering);
    }
  }

  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    const resource = this.settled.get(urn);
    if (!resource) throw new UserError(`outputs for the unknown resource ${urn}`);
    this.run.events.outputs(urn, outputs, resource.outputs);
    const complete = { ...resource, outputs };
    this.settled.set(urn, complete);
    this.run.snapshot.replace(resource, complete);
    if (!this.run.dryRun && changedNames(resource.outputs, outputs).length > 0)
      await this.run.snapshot.save();
  }

  /** Calls a provider's function. */
  async invoke(token: string, args: PropertyMap): Promise<PropertyMap> {
    if (this.isStopped) throw new StepFailed("the update was stopped");
    const provider = await providerOf(this.run, token.split(":")[0] ?? "");
    if (!provider.invoke) throw new Unsupported(`the function ${token}`);
    return provider.invoke(token, args, contextOf(this.run, token, undefined));
  }

  /** Resolves when nothing that the program asked for is under way. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  /** The program has ended: waits for what still runs, then deletes what is no longer wanted. */
  async finish(successful: boolean): Promise<void> {
    await this.idle();
    try {
      if (!successful || this.isStopped) return;
      const kept = new Set(this.settled.values());
      const doomed = this.run.snapshot.resources().filter((resource) => !kept.has(resource));
      await deleteAll(this.run, doomed, this.replaced);
    } finally {
      if (!this.run.dryRun) await this.run.snapshot.save();
    }
  }

  private async registerNow(goal: Goal): Promise<Registered> {
    const { run } = this;
    const urn = makeUrn(run.stack, run.project, goal.parent, goal.type, goal.name);
    if (this.seen.has(urn))
      throw new UserError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    this.seen.add(urn);
    const aliases = aliasUrns(goal, run, this.aliases.get(goal.parent ?? "") ?? []);
    this.aliases.set(urn, aliases);

    const type = await resourceType(run, goal);
    const needsProvider = type && !isProviderType(goal.type);
    const provider = needsProvider ? (goal.provider ?? (await this.defaultProvider(goal))) : undefined;
    const old = this.takeOld(urn, aliases);
    const inputs = this.checked(isProviderType(goal.type) ? withVersion(goal) : goal, type, old);
    const resource = desired(goal, { urn, aliases, provider, inputs, old });
    // What was deleted for a replacement that wasn't made yet is made anew, whatever has changed.
    const decision = old?.pendingReplacement
      ? ({ kind: "create" } as const)
      : this.decide(old, goal, inputs, provider, type);
    const step: Step = { changed: [], replace: [], ...decision, urn, type: goal.type, old, new: resource };
    const change: Change = { goal, type, resource, old, step };
    if (old && decision.kind === "same") this.keep(change, old);
    else if (old && decision.kind === "update") await this.update(change, old);
    else await this.create(change, decision.kind === "replace" && decision.deleteFirst);
    return this.registered(urn);
  }

  private decide(
    old: Resource | undefined,
    goal: Goal,
    inputs: PropertyMap,
    provider: string | undefined,
    type: ResourceType | undefined,
  ): Decision {
    const decision = decide(old, goal, inputs, provider, type);
    // What is deleted with another resource is gone when that one is replaced.
    const gone = old !== undefined && goal.deletedWith !== undefined && this.replaced.has(goal.deletedWith);
    if (!gone || decision.kind === "replace") return decision;
    return { kind: "replace", changed: ["deletedWith"], replace: ["deletedWith"], deleteFirst: false };
  }

  /** The inputs as the provider takes them; what is wrong with them ends the run before anything is done. */
  private checked(goal: Goal, type: ResourceType | undefined, old: Resource | undefined): PropertyMap {
    if (!type) return goal.inputs;
    const wanted = keepOld(
      withoutReferences(goal.inputs) as PropertyMap,
      old?.inputs ?? {},
      old ? goal.ignoreChanges : [],
    );
    const { inputs, failures } = type.check(wanted, old?.inputs);
    if (failures.length === 0) return inputs;
    const reasons = failures.map(({ property, reason }) => `${property}: ${reason}`);
    throw new UserError(`${goal.type} resource '${goal.name}' has a problem: ${reasons.join("; ")}`);
  }

  private keep({ goal, resource, step }: Change, old: Resource): void {
    this.settle(resource, old, {
      id: old.id,
      outputs: keepSecrets(old.outputs, {}, goal.additionalSecretOutputs),
    });
    this.run.events.finished(step, 0);
  }

  private async update({ goal, type, resource, step }: Change, old: Resource): Promise<void> {
    const update = type?.update?.bind(type);
    const state = { inputs: old.inputs, outputs: old.outputs };
    await perform<{ outputs: PropertyMap }>(this.run, {
      step,
      operation: "updating",
      resource: { ...resource, id: old.id },
      timeout: goal.customTimeouts?.update,
      act: update && ((context) => update(old.id ?? "", state, resource.inputs, context)),
      settle: (result) => {
        const outputs = result?.outputs ?? (type ? resource.inputs : old.outputs);
        this.settle(resource, old, {
          modified: now(),
          ...result,
          id: old.id,
          outputs: this.secretive(goal, resource, outputs),
        });
      },
    });
  }

  /** Makes the resource; where it replaces another one, that one goes first or at the end of the run. */
  private async create({ goal, type, resource, old, step }: Change, deleteFirst: boolean): Promise<void> {
    if (old && !old.pendingReplacement) refuseProtected(old);
    if (old) this.replaced.add(resource.urn);
    if (old && deleteFirst) await deleteBeforeReplacing(this.run, old, this.run.snapshot.resources());
    if (this.isStopped) throw new StepFailed("stopped before it was made anew");
    await perform<{ id?: string; outputs: PropertyMap }>(this.run, {
      step: { ...step, kind: old ? "create-replacement" : "create" },
      operation: "creating",
      resource,
      timeout: goal.customTimeouts?.create,
      act: type && ((context) => type.create(resource.inputs, context)),
      settle: (result) => {
        const outputs = this.secretive(goal, resource, result?.outputs ?? (type ? resource.inputs : {}));
        if (old && !old.pendingReplacement) old.delete = true;
        this.settle(resource, old?.pendingReplacement ? old : undefined, {
          created: now(),
          modified: now(),
          ...result,
          outputs,
        });
        this.run.snapshot.resolvePendingCreate(resource.urn);
      },
    });
    if (old) this.run.events.finished({ ...step, kind: "replace" }, 0);
  }

  private secretive(goal: Goal, resource: Resource, outputs: PropertyMap): PropertyMap {
    return keepSecrets(outputs, resource.inputs, goal.additionalSecretOutputs);
  }

  private settle(resource: Resource, old: Resource | undefined, result: Partial<Resource>): void {
    Object.assign(resource, result);
    this.run.snapshot.put(resource, old);
    this.settled.set(resource.urn, resource);
  }

  private registered(urn: string): Registered {
    const resource = this.settled.get(urn);
    if (!resource) throw new Error(`${urn} is not settled`);
    return { urn, id: resource.id ?? "", outputs: resource.outputs };
  }

  private takeOld(urn: string, aliases: string[]): Resource | undefined {
    const found = [urn, ...aliases].find((name) => this.olds.has(name));
    if (found === undefined) return undefined;
    const old = this.olds.get(found);
    this.olds.delete(found);
    return old;
  }

  /** The reference of a package's default provider; the first resource that needs it registers it. */
  private async defaultProvider(goal: Goal): Promise<string> {
    const pkg = goal.type.split(":")[0] ?? "";
    const version = goal.version ?? (await providerOf(this.run, pkg)).version;
    const name = `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const known = this.defaults.get(pkg + name);
    if (known) return known;
    const type = `pulumi:providers:${pkg}`;
    const registering = this.registerNow({ ...emptyGoal, type, name, custom: true, inputs: { version } });
    const reference = registering.then(({ urn, id }) => `${urn}::${id || UNKNOWN_VALUE}`);
    this.defaults.set(pkg + name, reference);
    return reference;
  }
}

const emptyGoal = {
  protect: false,
  dependencies: [],
  propertyDependencies: {},
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  retainOnDelete: false,
};

/** An explicit provider's version is one of its inputs in the state. */
function withVersion(goal: Goal): Goal {
  return goal.version ? { ...goal, inputs: { ...goal.inputs, version: goal.version } } : goal;
}

function now(): string {
  return new Date().toISOString();
}
