import { UNKNOWN_VALUE } from "../wire/signatures.ts";
import { type Run, providerOf } from "./execute.ts";
import { type Goal, NO_OPTIONS, type Registered } from "./goal.ts";

/** The providers that a program uses without making them; the first resource that needs one registers it. */
export class DefaultProviders {
  private readonly references = new Map<string, Promise<string>>();
  private readonly run: Run;
  private readonly register: (goal: Goal) => Promise<Registered>;

  constructor(run: Run, register: (goal: Goal) => Promise<Registered>) {
    this.run = run;
    this.register = register;
  }

  /** <urn>::<id>. Named as the official engine names it, by the version of the SDK: default_5_6_1. */
  async reference({ type: wanted, version: asked }: Goal): Promise<string> {
    const pkg = wanted.split(":")[0] ?? "";
    const version = asked ?? (await providerOf(this.run, pkg)).version;
    const type = `pulumi:providers:${pkg}`;
    const name = `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const known = this.references.get(type + name);
    if (known) return known;
    const registering = this.register({ ...NO_OPTIONS, type, name, custom: true, inputs: { version } });
    const reference = registering.then(({ urn, id }) => `${urn}::${id || UNKNOWN_VALUE}`);
    this.references.set(type + name, reference);
    return reference;
  }
}

/** An explicit provider's version is one of its inputs in the state. */
export function withVersion(goal: Goal): Goal {
  return goal.version ? { ...goal, inputs: { ...goal.inputs, version: goal.version } } : goal;
}
