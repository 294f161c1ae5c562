import { STACK_TYPE, makeUrn, urnName, urnType } from "../state/urn.ts";
import type { Goal } from "./goal.ts";

/**
 * All URNs that a resource may have had: its own aliases, those that follow from its parent's, and both together.
 * Source: generateAliases in pkg/resource/deploy/step_generator.go in github.com/pulumi/pulumi.
 */
export function aliasUrns(
  goal: Goal,
  place: { stack: string; project: string },
  parentAliases: readonly string[],
): string[] {
  const { type, name, parent } = goal;
  const urns = new Set<string>();
  for (const alias of goal.aliases) {
    if (alias.urn) {
      urns.add(alias.urn);
      continue;
    }
    const own = alias.noParent ? undefined : alias.parent || parent;
    const parents = own !== undefined && own === parent ? [own, ...parentAliases] : [own];
    for (const former of parents) {
      const [stack, project] = [alias.stack || place.stack, alias.project || place.project];
      urns.add(
        makeUrn(stack, project, former, alias.type || type, alias.name || inherited(name, parent, former)),
      );
    }
  }
  for (const former of parentAliases) {
    urns.add(makeUrn(place.stack, place.project, former, type, inherited(name, parent, former)));
  }
  return [...urns];
}

/** A child whose name starts with its parent's had the parent's former name in its own. */
function inherited(name: string, parent: string | undefined, former: string | undefined): string {
  if (!parent || !former || urnType(parent) === STACK_TYPE) return name;
  const now = urnName(parent);
  return name.startsWith(now) ? urnName(former) + name.slice(now.length) : name;
}
