import { randomUUID } from "node:crypto";

import type { ResourceType } from "../providers/provider.ts";
import { changedNames } from "./plan.ts";

/**
 * A provider is a resource too (pulumi:providers:tls): a random id and its configuration. A changed configuration
 * updates it in place; what uses it isn't replaced.
 */
export const providerResource: ResourceType = {
  check: (inputs) => ({ inputs, failures: [] }),
  diff: (olds, news) => ({ changed: changedNames(olds.inputs, news), replace: [] }),
  create: (inputs) => Promise.resolve({ id: randomUUID(), outputs: withoutInternal(inputs) }),
  update: (_id, _olds, news) => Promise.resolve({ outputs: withoutInternal(news) }),
  delete: () => Promise.resolve(),
};

/** `__internal` is for inputs only (pkg/resource/deploy/providers/registry.go). */
function withoutInternal<T extends Record<string, unknown>>(inputs: T): T {
  const { __internal: _internal, ...outputs } = inputs;
  return outputs as unknown as T;
}
