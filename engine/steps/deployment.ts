import { Unsupported, UserError } from "../errors.ts";
import type { PropertyMap } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { STACK_TYPE, isProviderType, makeUrn } from "../state/urn.ts";
import { type Change, create, keep, update } from "./changes.ts";
import { DefaultProviders, withVersion } from "./defaultProviders.ts";
import { deleteAll } from "./deletions.ts";
import { type Run, StepFailed, contextOf, providerOf, resourceType } from "./execute.ts";
import { type Goal, type Registered, inherit } from "./goal.ts";
import { type Decision, changedNames, checkedInputs, decide } from "./plan.ts";
import { desired } from "./resource.ts";

/** What was deleted for a replacement that wasn't made yet is made anew, whatever has changed. */
const ANEW: Decision = { kind: "create" };

/** Takes what the program wants, one resource after the other, and brings the state there. */
export class Deployment {
  private readonly run: Run;
  private readonly olds = new Map<string, Resource>();
  private readonly settled = new Map<string, Resource>();
  /** What the program has asked for so far, by URN. */
  private readonly goals = new Map<string, Goal>();
  private readonly defaults: DefaultProviders;
  private readonly running = new Set<Promise<unknown>>();
  /** Whether the program has said so: one that ends without a word may have been cut off from the engine. */
  programIsDone = false;
  /** What the program registered for the stack itself; counts at the end. */
  private stackOutputs: PropertyMap | undefined;

  constructor(run: Run) {
    this.run = run;
    this.defaults = new DefaultProviders(run, (goal) => this.registerNow(goal));
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
    if (resource.type === STACK_TYPE) this.stackOutputs = outputs;
    else await this.setOutputs(resource, outputs);
  }

  /** A program that failed half way says nothing of outputs that it would have had: they stay (step_executor.go). */
  private async setStackOutputs(successful: boolean): Promise<void> {
    const stack = [...this.settled.values()].find(({ type }) => type === STACK_TYPE);
    if (!stack || !this.stackOutputs) return;
    await this.setOutputs(stack, successful ? this.stackOutputs : { ...stack.outputs, ...this.stackOutputs });
  }

  private async setOutputs(resource: Resource, outputs: PropertyMap): Promise<void> {
    const { urn } = resource;
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
    let complete = false;
    try {
      if (!successful || this.isStopped) return;
      const kept = new Set(this.settled.values());
      const doomed = this.run.snapshot.resources().filter((resource) => !kept.has(resource));
      await deleteAll(this.run, doomed);
      complete = true;
    } finally {
      await this.setStackOutputs(complete);
      if (!this.run.dryRun) await this.run.snapshot.save();
    }
  }

  private async registerNow(asked: Goal): Promise<Registered> {
    const { run } = this;
    const goal = inherit(asked, this.goals.get(asked.parent ?? ""));
    const urn = makeUrn(run.stack, run.project, goal.parent, goal.type, goal.name);
    if (this.goals.has(urn)) {
      throw new UserError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.goals.set(urn, goal);

    const type = await resourceType(run, goal);
    const isProvider = isProviderType(goal.type);
    const provider =
      type && !isProvider ? (goal.provider ?? (await this.defaults.reference(goal))) : undefined;
    const old = this.olds.get(urn);
    const wanted = isProvider ? withVersion(goal) : goal;
    const kept = checkedInputs(wanted, type, old);
    const decision = old?.pendingReplacement ? ANEW : decide(old, goal, kept, type);
    // What is made anew is made as the program has it, ignored changes too: step_generator.go checks goal.Properties.
    const anew = old !== undefined && (decision.kind === "replace" || decision.kind === "create");
    const inputs = anew ? checkedInputs(wanted, type, undefined) : kept;
    const resource = desired(goal, { urn, provider, inputs, old });
    await this.carryOut(decision, {
      goal,
      type,
      resource,
      old,
      step: { changed: [], replace: [], ...decision, urn, type: goal.type, old, new: resource },
      settle: (result, instead) => {
        Object.assign(resource, result);
        run.snapshot.put(resource, instead);
        this.settled.set(urn, resource);
      },
    });
    return { urn, id: resource.id ?? "", outputs: resource.outputs };
  }

  private async carryOut(decision: Decision, change: Change): Promise<void> {
    const { old } = change;
    if (old && decision.kind === "same") return keep(this.run, change, old);
    if (old && decision.kind === "update") return update(this.run, change, old);
    return create(this.run, change, decision.kind === "replace" && decision.deleteFirst);
  }
}
