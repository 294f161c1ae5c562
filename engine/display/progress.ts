import type { PropertyMap, Severity } from "../providers/provider.ts";
import { Secret } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import { STACK_TYPE, isProviderType, shownType, urnName, urnType } from "../state/urn.ts";
import type { Events, Step, StepKind } from "../steps/goal.ts";
import type { Masker } from "./mask.ts";
import type { Screen } from "./screen.ts";
import { WORDS } from "./words.ts";

/** The stack among what has failed. */
const STACK = "";

/** Of a message. A line on the program's standard error is information, too (sdk/go/common/diag/diag.go). */
export type MessageSeverity = Severity | "info#err";

/** What was said in a run, secrets masked. */
export interface Message {
  urn: string | undefined;
  severity: MessageSeverity;
  /** A warning's or an error's begins with that word. */
  text: string;
}

/** Collects what a run does and shows it line by line, as the official CLI does. */
export class Progress implements Events {
  readonly steps: Step[] = [];
  /** Outputs of the stack, as they were and as they are. */
  stackOutputs: { new: PropertyMap; old: PropertyMap } | undefined;
  readonly counts = new Map<StepKind, number>();
  readonly messages: Message[] = [];
  /** URNs of what has failed or said so; STACK for whatever belongs to no resource, and for the run as a whole. */
  private readonly errored = new Set<string>();
  private readonly running = new Map<string, Step>();
  /** Components that wait for their outputs. */
  private readonly open = new Map<string, { step: Step; since: number }>();
  /** What this run itself replaces. */
  private readonly replaced = new Set<Resource>();
  private readonly screen: Screen;
  private readonly masker: Masker;
  private readonly dryRun: boolean;

  constructor(screen: Screen, masker: Masker, dryRun: boolean) {
    this.screen = screen;
    this.masker = masker;
    this.dryRun = dryRun;
  }

  started(step: Step): void {
    this.learn(step);
    if (this.dryRun || isHidden(step)) return;
    this.running.set(step.urn, step);
    this.screen.begin(keyOf(step), this.line(step, WORDS[step.kind].doing), diffNote(step));
  }

  finished(step: Step, seconds: number): void {
    this.learn(step);
    this.running.delete(step.urn);
    if (isHidden(step)) return;
    this.steps.push(step);
    if (!isPartOfReplacing(step.kind)) this.counts.set(step.kind, (this.counts.get(step.kind) ?? 0) + 1);
    if (step.kind === "create-replacement" && step.old) this.replaced.add(step.old);
    if (step.kind === "same" || (this.dryRun && this.isPartOfPlan(step))) return;
    if (this.dryRun) this.screen.print(this.line(step, WORDS[step.kind].plan) + diffNote(step));
    else if (step.new?.custom === false && (step.kind === "create" || step.kind === "update")) {
      this.open.set(step.urn, { step, since: performance.now() });
    } else this.done(step, seconds);
  }

  failed(step: Step, seconds: number, message: string): void {
    this.running.delete(step.urn);
    this.errored.add(step.urn);
    this.runFailed();
    const text = this.note("error", message, step.urn);
    this.screen.end(keyOf(step), this.failedLine(step), seconds, `${diffNote(step)} ${firstLine(text)}`);
  }

  log(severity: MessageSeverity, message: string, urn?: string): void {
    if (severity === "debug" || message.trim() === "") return;
    if (severity === "error") this.errored.add(urn && urnType(urn) !== STACK_TYPE ? urn : STACK);
    const note = this.note(severity, message, urn);
    // A warning or an error is shown whole at the end.
    const text = isDiagnostic(severity) ? firstLine(note) : note;
    const step = urn === undefined ? undefined : this.running.get(urn);
    const label = step ? `${this.line(step, WORDS[step.kind].doing)} ` : "    ";
    for (const line of text.split("\n")) this.screen.print(label + line);
  }

  outputs(urn: string, outputs: PropertyMap, old: PropertyMap | undefined): void {
    this.masker.learn(outputs);
    if (urnType(urn) === STACK_TYPE) this.stackOutputs = { new: outputs, old: old ?? {} };
    const open = this.open.get(urn);
    if (open) this.done(open.step, (performance.now() - open.since) / 1000);
    this.open.delete(urn);
  }

  /** Ends the lines of components that never got outputs; the stack has a line even if nothing changed. */
  close(): void {
    for (const { step, since } of this.open.values()) this.done(step, (performance.now() - since) / 1000);
    this.open.clear();
    const stack = this.steps.find((step) => step.type === STACK_TYPE && step.kind === "same");
    if (!stack) return;
    const errors = this.errorsOf(stack);
    const failed = errors > 0 ? `${this.dryRun ? "" : " **failed**"} ${counted(errors)}` : "";
    this.screen.print(`    ${STACK_TYPE} ${urnName(stack.urn)}${failed}`);
  }

  /** Warnings and errors, to be shown together at the end. */
  get diagnostics(): Message[] {
    return this.messages.filter(({ severity }) => isDiagnostic(severity));
  }

  /** How many have failed; after a failed step the stack is one of them, as the official CLI counts it. */
  get errors(): number {
    return this.errored.size;
  }

  /** The run has failed; what failed has been shown. */
  runFailed(): void {
    this.errored.add(STACK);
  }

  /** How many steps change something. */
  changes(): number {
    const counted = [...this.counts].filter(([kind]) => kind !== "same");
    return counted.reduce((sum, [, n]) => sum + n, 0);
  }

  /** Whether a preview says it with the replacement's own line; what an earlier run left to delete has none. */
  private isPartOfPlan({ kind, old }: Step): boolean {
    const left = kind === "delete-replaced" && old?.delete && !this.replaced.has(old);
    return isPartOfReplacing(kind) && !left;
  }

  private done(step: Step, seconds: number): void {
    const errors = this.errorsOf(step);
    if (errors === 0) {
      this.screen.end(keyOf(step), this.line(step, WORDS[step.kind].done), seconds, diffNote(step));
    } else {
      this.screen.end(keyOf(step), this.failedLine(step), seconds, `${diffNote(step)} ${counted(errors)}`);
    }
  }

  /** A failed run is an error of the stack's, also when a resource has said why. */
  private errorsOf({ urn, type }: Step): number {
    const ofStack = type === STACK_TYPE;
    const own = this.messages.filter(
      (message) => message.severity === "error" && (message.urn ?? (ofStack ? urn : undefined)) === urn,
    ).length;
    return ofStack && own === 0 && this.errored.has(STACK) ? 1 : own;
  }

  private note(severity: MessageSeverity, message: string, urn: string | undefined): string {
    const text = this.masker.mask((isDiagnostic(severity) ? `${severity}: ` : "") + message.trimEnd());
    this.messages.push({ urn, severity, text });
    return text;
  }

  private failedLine(step: Step): string {
    return this.line(step, `**${WORDS[step.kind].doing} failed**`);
  }

  private line(step: Step, doing: string): string {
    const retained = step.kind === "delete" && step.old?.retainOnDelete ? "[retain]" : "";
    const words = `${shownType(step.type)} ${urnName(step.urn)} ${doing}${retained}`;
    return this.masker.mask(` ${WORDS[step.kind].sign.padEnd(2)} ${words}`);
  }

  private learn({ old, new: now }: Step): void {
    for (const resource of [old, now]) {
      this.masker.learn(resource?.inputs);
      this.masker.learn(resource?.outputs);
    }
  }
}

function isDiagnostic(severity: MessageSeverity): boolean {
  return severity === "warning" || severity === "error";
}

function counted(errors: number): string {
  return errors === 1 ? "1 error" : `${errors} errors`;
}

function keyOf(step: Step): string {
  return `${step.kind} ${step.urn}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function isPartOfReplacing(kind: StepKind): boolean {
  return kind === "create-replacement" || kind === "delete-replaced";
}

/**
 * Packages whose official provider says by itself what differs (a detailed diff). For others the official CLI compares
 * the inputs once their secrets are masked, so that it doesn't name a changed secret (getDiffInfo in rows.go).
 */
const NAMING_SECRETS = ["command"];

/** ` [diff: +added-removed~changed]`, as the official CLI abbreviates it. */
function diffNote({ type, old, new: now, changed }: Step): string {
  const naming = NAMING_SECRETS.includes(type.split(":")[0] ?? "");
  const isMasked = (name: string): boolean =>
    old?.inputs[name] instanceof Secret && now?.inputs[name] instanceof Secret;
  const named = changed.filter((name) => naming || !isMasked(name));
  const sign = (name: string): string =>
    !old || name in old.inputs ? (now && !(name in now.inputs) ? "-" : "~") : "+";
  const groups = ["+", "-", "~"].map((s) => [s, named.filter((name) => sign(name) === s).sort()] as const);
  const texts = groups.filter(([, names]) => names.length > 0).map(([s, names]) => s + names.join(","));
  return texts.length > 0 ? ` [diff: ${texts.join(",")}]` : "";
}

/** Default providers are the engine's own business. */
function isHidden(step: Step): boolean {
  return isProviderType(step.type) && /^default(_|$)/.test(urnName(step.urn));
}
