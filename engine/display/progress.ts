import type { PropertyMap } from "../providers/provider.ts";
import { STACK_TYPE, isProviderType, shownType, urnName, urnType } from "../state/urn.ts";
import type { Events, Step, StepKind } from "../steps/goal.ts";
import { detailed } from "./diff.ts";
import type { Masker } from "./mask.ts";
import type { Screen } from "./screen.ts";
import { WORDS } from "./words.ts";

/** Collects what a run does and shows it line by line, as the official CLI does. */
export class Progress implements Events {
  readonly steps: Step[] = [];
  /** Outputs of the stack, as they were and as they are. */
  stackOutputs: { new: PropertyMap; old: PropertyMap } | undefined;
  readonly counts = new Map<StepKind, number>();
  errors = 0;
  private readonly screen: Screen;
  private readonly masker: Masker;
  private readonly options: { dryRun: boolean; diff: boolean };

  constructor(screen: Screen, masker: Masker, options: { dryRun: boolean; diff: boolean }) {
    this.screen = screen;
    this.masker = masker;
    this.options = options;
  }

  started(step: Step): void {
    this.learn(step);
    if (this.options.dryRun || isHidden(step)) return;
    this.screen.begin(step.urn + step.kind, this.line(step, WORDS[step.kind].doing));
  }

  finished(step: Step, seconds: number): void {
    this.learn(step);
    if (isHidden(step)) return;
    this.steps.push(step);
    this.counts.set(step.kind, (this.counts.get(step.kind) ?? 0) + 1);
    if (step.kind === "same") return;
    if (this.options.dryRun && step.kind !== "replace" && step.kind.includes("replace")) return;
    const words = WORDS[step.kind];
    if (this.options.dryRun) this.screen.print(this.line(step, words.plan));
    else this.screen.end(step.urn + step.kind, this.line(step, words.done), seconds);
    if (this.options.diff) for (const line of detailed(step)) this.screen.print(this.masker.mask(line));
  }

  failed(step: Step, seconds: number, message: string): void {
    this.errors++;
    this.screen.end(step.urn + step.kind, this.line(step, `**${WORDS[step.kind].doing} failed**`), seconds);
    this.tell(`error: ${message}`, step.urn);
  }

  log(severity: string, message: string, urn?: string): void {
    if (severity === "debug") return;
    if (severity === "error") this.errors++;
    this.tell(severity.startsWith("info") ? message : `${severity}: ${message}`, urn);
  }

  outputs(urn: string, outputs: PropertyMap, old: PropertyMap | undefined): void {
    this.masker.learn(outputs);
    if (urnType(urn) === STACK_TYPE) this.stackOutputs = { new: outputs, old: old ?? {} };
  }

  /** How many steps change something. */
  changes(): number {
    return [...this.counts].reduce((sum, [kind, n]) => sum + (kind === "same" || kind === "read" ? 0 : n), 0);
  }

  private tell(message: string, urn: string | undefined): void {
    const text = this.masker.mask(message.trimEnd());
    const label = urn && urnType(urn) !== STACK_TYPE ? `${shownType(urnType(urn))} (${urnName(urn)}): ` : "";
    for (const line of text.split("\n")) this.screen.print(`    ${label}${line}`);
  }

  private line(step: Step, doing: string): string {
    const { sign } = WORDS[step.kind];
    const diff = step.kind === "update" || step.kind === "replace" ? diffNote(step) : "";
    return this.masker.mask(` ${sign.padEnd(2)} ${shownType(step.type)} ${urnName(step.urn)} ${doing}${diff}`);
  }

  private learn({ old, new: now }: Step): void {
    for (const resource of [old, now]) {
      this.masker.learn(resource?.inputs);
      this.masker.learn(resource?.outputs);
    }
  }
}

function diffNote(step: Step): string {
  return step.changed.length > 0 ? ` [diff: ${step.changed.map((name) => `~${name}`).join(",")}]` : "";
}

/** Default providers are the engine's own business. */
function isHidden(step: Step): boolean {
  return isProviderType(step.type) && /^default(_|$)/.test(urnName(step.urn));
}
