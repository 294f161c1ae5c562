import type { Diff, Severity } from "../providers/provider.ts";
import type { Resource } from "../state/resource.ts";

export type Op =
  | "same"
  | "create"
  | "update"
  | "replace"
  | "create-replacement"
  | "delete"
  | "delete-replaced"
  | "discard"
  | "discard-replaced"
  | "refresh";

export interface Step {
  op: Op;
  urn: string;
  type: string;
  old?: Resource;
  new?: Resource;
  diff?: Diff;
}

/** Who shows what happens. */
export interface Reporter {
  begin(step: Step): void;
  end(step: Step): void;
  fail(step: Step, message: string): void;
  /** A line that belongs to a resource, or to the stack. `ephemeral` is progress that needn't stay. */
  log(severity: Severity, message: string, urn?: string, ephemeral?: boolean): void;
}
