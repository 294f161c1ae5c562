import { makeUrn, parseUrn, stackType } from "../state/urn.ts";
import type { Registration } from "./registration.ts";

/** Where the program runs. */
export interface Place {
  stack: string;
  project: string;
}

/**
 * All URNs that a resource may have had: its own aliases, those that follow from its parent's, and both together.
 * Source: generateAliases in pkg/resource/deploy/step_generator.go in github.com/pulumi/pulumi.
 */
export function aliasUrns(
  registration: Registration,
  place: Place,
  parentAliases: (urn: string) => readonly string[],
): string[] {
  const { type, name, parent } = registration;
  const urns = new Set<string>();
  for (const alias of registration.aliases ?? []) {
    if ("urn" in alias) {
      urns.add(alias.urn);
      continue;
    }
    const aliasParent = alias.noParent ? undefined : (alias.parent ?? parent);
    const parents = aliasParent === undefined ? [undefined] : [aliasParent, ...parentAliases(aliasParent)];
    for (const candidate of parents) {
      const named = alias.name ?? inherited(name, aliasParent, candidate);
      urns.add(makeUrn(alias.stack || place.stack, alias.project || place.project, candidate, alias.type || type, named));
    }
  }
  for (const former of parent === undefined ? [] : parentAliases(parent)) {
    urns.add(makeUrn(place.stack, place.project, former, type, inherited(name, parent, former)));
  }
  return [...urns];
}

/** A child whose name starts with its parent's had the former name of the parent in its own. */
function inherited(name: string, parent: string | undefined, former: string | undefined): string {
  if (parent === undefined || former === undefined || parseUrn(parent).type === stackType) return name;
  const [now, then] = [parseUrn(parent).name, parseUrn(former).name];
  return name.startsWith(now) ? then + name.slice(now.length) : name;
}
