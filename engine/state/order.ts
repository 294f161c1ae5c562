import { needs, type Resource } from "./resource.ts";

/**
 * The resources so that each follows what it needs, otherwise in the given order; what is no longer there is dropped
 * from dependencies. The official engine refuses to read a state in any other order.
 */
export function ordered(resources: Resource[]): Resource[] {
  const holders = new Map<string, Resource[]>();
  for (const resource of resources) {
    const same = holders.get(resource.urn);
    if (same) same.push(resource);
    else holders.set(resource.urn, [resource]);
  }
  const result = new Set<Resource>();
  const visiting = new Set<Resource>();
  const visit = (resource: Resource): void => {
    if (result.has(resource) || visiting.has(resource)) return;
    visiting.add(resource);
    for (const urn of needs(resource)) {
      if (urn !== resource.urn) holders.get(urn)?.forEach(visit);
    }
    result.add(resource);
  };
  resources.forEach(visit);
  return [...result].map((resource) => withoutDangling(resource, holders));
}

function withoutDangling(resource: Resource, holders: Map<string, unknown>): Resource {
  const gone = (urn: string | undefined): boolean => urn !== undefined && !holders.has(urn);
  const dangling =
    gone(resource.parent) ||
    gone(resource.deletedWith) ||
    resource.dependencies.some(gone) ||
    Object.values(resource.propertyDependencies).some((urns) => urns.some(gone));
  if (!dangling) return resource;
  const kept = (urns: string[]): string[] => urns.filter((urn) => !gone(urn));
  return {
    ...resource,
    parent: gone(resource.parent) ? undefined : resource.parent,
    deletedWith: gone(resource.deletedWith) ? undefined : resource.deletedWith,
    dependencies: kept(resource.dependencies),
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, kept(urns)]),
    ),
  };
}
