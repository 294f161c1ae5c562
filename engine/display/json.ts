import type { Resource } from "../state/checkpoint.ts";
import type { Json } from "../state/file.ts";
import { isProviderType } from "../state/urn.ts";
import type { Step } from "../steps/goal.ts";
import type { Masker } from "./mask.ts";
import type { Message, Progress } from "./progress.ts";
import { toJson } from "./values.ts";

/**
 * What --json prints of a run, with secrets masked: pkg/display/json.go in github.com/pulumi/pulumi, filled by
 * ShowPreviewDigest in pkg/backend/display/json.go. What is empty is left out.
 */
export function digest(progress: Progress, masker: Masker, seconds: number): Json {
  const { steps, messages, counts } = progress;
  return {
    ...(steps.length > 0 && { steps: steps.map((step) => planned(step, masker)) }),
    ...(messages.length > 0 && { diagnostics: messages.map(diagnostic) }),
    duration: Math.round(seconds * 1e9),
    ...(counts.size > 0 && { changeSummary: Object.fromEntries(counts) }),
  };
}

function planned(step: Step, masker: Masker): Json {
  const provider = (step.new ?? step.old)?.provider;
  return {
    op: step.kind,
    urn: step.urn,
    ...(provider && { provider }),
    ...(step.old && { oldState: state(step.old, masker) }),
    ...(step.new && { newState: state(step.new, masker) }),
    // The official engine compares a provider's configuration by itself, and gives no reasons.
    ...(step.changed.length > 0 && !isProviderType(step.type) && { diffReasons: step.changed }),
    ...(step.replace.length > 0 && { replaceReasons: step.replace }),
  };
}

/** The official CLI puts the severity before the message too, and ends it with a line break. */
function diagnostic({ urn, severity, text }: Message): Json {
  return { ...(urn && { urn }), message: `${text}\n`, severity };
}

/** A secret that is part of a plain text is masked too; names of resources stay what they are. */
function state(resource: Resource, masker: Masker): Json {
  const masked = (text: string): string => masker.mask(text);
  const { inputs, outputs, ...rest } = resource;
  return {
    ...(rest as unknown as Record<string, Json>),
    inputs: toJson(inputs, false, masked),
    outputs: toJson(outputs, false, masked),
  };
}
