import type { Resource } from "../state/checkpoint.ts";
import type { Json } from "../state/file.ts";
import type { Progress } from "./progress.ts";
import { toJson } from "./values.ts";

/** What --json prints of a run: pkg/display/json.go in github.com/pulumi/pulumi. Secrets are masked. */
export function digest(progress: Progress, seconds: number): Json {
  return {
    steps: progress.steps.map((step) => ({
      op: step.kind,
      urn: step.urn,
      ...(step.old && { oldState: state(step.old) }),
      ...(step.new && { newState: state(step.new) }),
      ...(step.changed.length > 0 && { diffReasons: step.changed }),
      ...(step.replace.length > 0 && { replaceReasons: step.replace }),
    })),
    duration: Math.round(seconds * 1e9),
    changeSummary: Object.fromEntries(progress.counts),
  };
}

function state(resource: Resource): Json {
  const { inputs, outputs, ...rest } = resource;
  return {
    ...(rest as unknown as Record<string, Json>),
    inputs: toJson(inputs, false),
    outputs: toJson(outputs, false),
  };
}
