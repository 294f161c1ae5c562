import type { PropertyMap, Severity } from "../providers/provider.ts";
import type { Resource } from "../state/checkpoint.ts";
import type { CustomTimeouts } from "../state/file.ts";

/** What the program wants of a resource. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent?: string;
  inputs: PropertyMap;
  /** Missing: as the parent. */
  protect?: boolean;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** <urn>::<id>; missing: the package's default provider. */
  provider?: string;
  /** Of the provider's SDK, e.g. "5.6.1". */
  version?: string;
  /** Missing: as the provider says. */
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  customTimeouts?: CustomTimeouts;
  /** Missing: as the parent. */
  retainOnDelete?: boolean;
}

/** What the program gets to know of a resource that it registered. */
export interface Registered {
  urn: string;
  /** "" while it isn't known. */
  id: string;
  outputs: PropertyMap;
}

/** The options of a goal that asks for none; what it would have from its parent isn't among them. */
export const NO_OPTIONS = {
  dependencies: [],
  propertyDependencies: {},
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
} satisfies Partial<Goal>;

/** What a resource has from its parent where it says nothing: inheritFromParent in pkg/resource/deploy/source_eval.go. */
export function inherit(goal: Goal, parent: Goal | undefined): Goal {
  return {
    ...goal,
    protect: goal.protect ?? parent?.protect,
    retainOnDelete: goal.retainOnDelete ?? parent?.retainOnDelete,
  };
}

export type StepKind =
  "same" | "create" | "update" | "delete" | "replace" | "create-replacement" | "delete-replaced";

/** One thing that the engine does, or would do, to a resource. */
export interface Step {
  kind: StepKind;
  urn: string;
  type: string;
  old?: Resource;
  new?: Resource;
  /** Names of the properties that differ. */
  changed: string[];
  /** Those of them that ask for the replacement. */
  replace: string[];
}

/** What a display gets to know of a run. */
export interface Events {
  started(step: Step): void;
  finished(step: Step, seconds: number): void;
  failed(step: Step, seconds: number, message: string): void;
  log(severity: Severity, message: string, urn?: string): void;
  outputs(urn: string, outputs: PropertyMap, old: PropertyMap | undefined): void;
}
