import { Unsupported, UserError, messageOf } from "../errors.ts";
import type { Context, Provider, ResourceType } from "../providers/provider.ts";
import type { Registry } from "../providers/registry.ts";
import type { Resource } from "../state/checkpoint.ts";
import type { OperationType } from "../state/file.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isProviderType, urnName } from "../state/urn.ts";
import type { Events, Step } from "./goal.ts";
import type { Limit } from "./limit.ts";
import { providerResource } from "./providerResource.ts";

/** What every step of one run shares. */
export interface Run {
  project: string;
  stack: string;
  /** The project's root. */
  directory: string;
  /** Only say what would be done. */
  dryRun: boolean;
  registry: Registry;
  snapshot: Snapshot;
  events: Events;
  limit: Limit;
  /** Once aborted, no further step begins; those that run end. */
  halt: AbortController;
  /** Aborted when running steps shall give up too. */
  abort: AbortSignal;
}

/** A failure that has been shown already. */
export class StepFailed extends Error {}

/** What does the work for a resource; undefined for components and other resources without a provider. */
export async function resourceType(
  run: Run,
  resource: { type: string; custom: boolean },
): Promise<ResourceType | undefined> {
  if (!resource.custom) return undefined;
  if (isProviderType(resource.type)) {
    await providerOf(run, resource.type.slice("pulumi:providers:".length));
    return providerResource;
  }
  const pkg = resource.type.split(":")[0] ?? "";
  const provider = await providerOf(run, pkg);
  const found = Object.hasOwn(provider.resources, resource.type)
    ? provider.resources[resource.type]
    : undefined;
  if (!found) throw new Unsupported(`the type ${resource.type}`);
  return found;
}

export async function providerOf(run: Run, pkg: string): Promise<Provider> {
  const provider = run.registry.get(pkg);
  if (!provider) {
    const dynamic = pkg === "pulumi-nodejs" || pkg === "pulumi-python";
    const what = dynamic ? "a dynamic provider" : `the provider "${pkg}"`;
    throw new Unsupported(`${what} (known are ${run.registry.names().join(" and ")})`);
  }
  return provider;
}

interface Work<T> {
  step: Step;
  /** What the state shows while it lasts. */
  operation: OperationType;
  resource: Resource;
  /** customTimeouts, seconds. */
  timeout: number | undefined;
  /** The provider's part; missing: there is nothing to do outside the state. */
  act?: (context: Context) => Promise<T>;
  /** Brings the result into the state. */
  settle: (result: T | undefined) => void;
}

/** Does one step: written down before, done, written down after. A preview only shows it. */
export async function perform<T>(run: Run, work: Work<T>): Promise<void> {
  const { step, act, settle, resource } = work;
  if (run.dryRun || !act) {
    run.events.started(step);
    settle(undefined);
    if (!run.dryRun) await run.snapshot.save();
    run.events.finished(step, 0);
    return;
  }
  await run.limit.run(async () => {
    if (run.halt.signal.aborted) throw new StepFailed("stopped before it began");
    run.events.started(step);
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const operation = await run.snapshot.begin(work.operation, resource);
    let failure: unknown;
    try {
      const result = await act(contextOf(run, resource.urn, work.timeout));
      settle(result);
    } catch (error) {
      failure = error;
    }
    run.snapshot.end(operation);
    if (failure !== undefined) run.halt.abort();
    await run.snapshot.save();
    if (failure === undefined) return run.events.finished(step, seconds());
    run.events.failed(step, seconds(), messageOf(failure));
    throw new StepFailed(messageOf(failure));
  });
}

export function contextOf(run: Run, urn: string, timeoutSeconds: number | undefined): Context {
  const signals = [run.abort];
  if (timeoutSeconds) signals.push(AbortSignal.timeout(timeoutSeconds * 1000));
  return {
    name: urnName(urn),
    log: (severity, message) => run.events.log(severity, message, urn),
    signal: AbortSignal.any(signals),
    timeoutSeconds,
    directory: run.directory,
  };
}

/** Deletes the resource outside the state; what to do to the state is `settle`'s. */
export async function remove(
  run: Run,
  step: Step,
  old: Resource,
  skip: boolean,
  settle: () => void,
): Promise<void> {
  const type = skip || old.retainOnDelete || old.external ? undefined : await resourceType(run, old);
  const erase = type?.delete?.bind(type);
  await perform<void>(run, {
    step,
    operation: "deleting",
    resource: old,
    timeout: old.customTimeouts?.delete,
    act: erase && ((given) => erase(old.id ?? "", { inputs: old.inputs, outputs: old.outputs }, given)),
    settle,
  });
}

export function refuseProtected(resource: Resource): void {
  if (!resource.protect) return;
  throw new UserError(
    `resource ${resource.urn} cannot be deleted because it is protected. To unprotect it, either remove the \`protect\` ` +
      "flag from the resource in your Pulumi program and run `up`, or use the official CLI's `state unprotect`",
  );
}
