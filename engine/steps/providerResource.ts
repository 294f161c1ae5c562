import { randomUUID } from "node:crypto";

import type { PropertyMap, ResourceType } from "../providers/provider.ts";
import { changedNames } from "./plan.ts";

/**
 * A provider is a resource too (pulumi:providers:tls): a random id and its configuration. A changed configuration
 * updates it in place; what uses it isn't replaced.
 */
export const providerResource: ResourceType = {
  check: (inputs, olds) => ({
    inputs: { ...internals(olds ?? {}), ...inputs, __internal: {} },
    failures: [],
  }),
  diff: (olds, news) => ({ changed: changedNames(olds.inputs, news), replace: [] }),
  create: (inputs) => Promise.resolve({ id: randomUUID(), outputs: withoutInternal(inputs) }),
  update: (_id, _olds, news) => Promise.resolve({ outputs: withoutInternal(news) }),
  delete: () => Promise.resolve(),
};

/** What an official provider noted for itself, such as `__pulumi-go-provider-version`: kept, so that it changes nothing. */
function internals(olds: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(olds).filter(([name]) => name.startsWith("__")));
}

/** `__internal` is for inputs only (pkg/resource/deploy/providers/registry.go). */
function withoutInternal(inputs: PropertyMap): PropertyMap {
  const outputs = { ...inputs };
  delete outputs.__internal;
  return outputs;
}
