import type { Resource } from "../state/checkpoint.ts";
import type { Json } from "../state/file.ts";
import { isProviderType } from "../state/urn.ts";
import type { Step } from "../steps/goal.ts";
import type { Message, Progress } from "./progress.ts";
import { toJson } from "./values.ts";

/**
 * What --json prints of a run, with secrets masked: pkg/display/json.go in github.com/pulumi/pulumi, filled by
 * ShowPreviewDigest in pkg/backend/display/json.go. What is empty is left out.
 */
export function digest(progress: Progress, seconds: number): Json {
  const { steps, messages, counts } = progress;
  return {
    ...(steps.length > 0 && { steps: steps.map(planned) }),
    ...(messages.length > 0 && { diagnostics: messages.map(diagnostic) }),
    duration: Math.round(seconds * 1e9),
    ...(counts.size > 0 && { changeSummary: Object.fromEntries(counts) }),
  };
}

function planned(step: Step): Json {
  const provider = (step.new ?? step.old)?.provider;
  return {
    op: step.kind,
    urn: step.urn,
    ...(provider && { provider }),
    ...(step.old && { oldState: state(step.old) }),
    ...(step.new && { newState: state(step.new) }),
    // The official engine compares a provider's configuration by itself, and gives no reasons.
    ...(step.changed.length > 0 && !isProviderType(step.type) && { diffReasons: step.changed }),
    ...(step.replace.length > 0 && { replaceReasons: step.replace }),
  };
}

/** The official CLI puts the severity before the message too, and ends it with a line break. */
function diagnostic({ urn, severity, text }: Message): Json {
  return { ...(urn && { urn }), message: `${text}\n`, severity };
}

function state(resource: Resource): Json {
  const { inputs, outputs, ...rest } = resource;
  return {
    ...(rest as unknown as Record<string, Json>),
    inputs: toJson(inputs, false),
    outputs: toJson(outputs, false),
  };
}
