import type { PropertyMap } from "../../../engine/providers/provider.ts";
import type { Deployment } from "../../../engine/steps/deployment.ts";
import { thing } from "./harness.ts";

/** Two things of which the second needs the first, and one on its own; what differs from run to run is given. */
export function chain(first: PropertyMap, options: Parameters<typeof thing>[2] = {}) {
  return async (deployment: Deployment): Promise<void> => {
    const base = await deployment.register(thing("base", first, options));
    await Promise.all([
      deployment.register(
        thing(
          "top",
          { value: base.outputs.seen ?? null },
          { dependencies: [base.urn], propertyDependencies: { value: [base.urn] } },
        ),
      ),
      deployment.register(thing("alone", { value: 1 })),
    ]);
  };
}

/** The steps of a stack's life, each from what the one before it left. */
export const life: Record<string, ReturnType<typeof chain> | undefined> = {
  create: chain({ version: 1, value: "a" }),
  update: chain({ version: 1, value: "b" }),
  replace: chain({ version: 2, value: "b" }),
  "replace, deleting first": chain({ version: 3, value: "b" }, { deleteBeforeReplace: true }),
  destroy: undefined,
};
