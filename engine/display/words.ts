import type { StepKind } from "../steps/goal.ts";

export interface Words {
  sign: string;
  /** In a preview. */
  plan: string;
  /** While it runs, and when it is done. */
  doing: string;
  done: string;
  /** In the summary; missing: counted elsewhere. */
  counted?: string;
}

/** The official CLI's words for each kind of step (pkg/backend/display/rows.go). */
export const WORDS: Record<StepKind, Words> = {
  same: { sign: " ", plan: "", doing: "", done: "", counted: "unchanged" },
  create: { sign: "+", plan: "create", doing: "creating", done: "created", counted: "created" },
  update: { sign: "~", plan: "update", doing: "updating", done: "updated", counted: "updated" },
  delete: { sign: "-", plan: "delete", doing: "deleting", done: "deleted", counted: "deleted" },
  replace: { sign: "+-", plan: "replace", doing: "replacing", done: "replaced", counted: "replaced" },
  "create-replacement": {
    sign: "++",
    plan: "create replacement",
    doing: "creating replacement",
    done: "created replacement",
  },
  "delete-replaced": {
    sign: "--",
    plan: "delete original",
    doing: "deleting original",
    done: "deleted original",
  },
};

/** What the summary says of planned steps: "2 to create". */
export const TO_DO: Partial<Record<StepKind, string>> = {
  create: "to create",
  update: "to update",
  delete: "to delete",
  replace: "to replace",
  same: "unchanged",
};
