import type { PropertyMap } from "../providers/provider.ts";

/** Seconds; 0 or missing: the provider's default. */
export interface Timeouts {
  create?: number;
  update?: number;
  delete?: number;
}

/**
 * A resource in the state; never changed in place, so that its serialised form can be kept.
 * Source: ResourceV3 in sdk/go/common/apitype/core.go in github.com/pulumi/pulumi.
 */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies: string[];
  readonly propertyDependencies: Record<string, string[]>;
  /** Replaced already, and to be deleted. */
  readonly delete?: boolean;
  /** Deleted already, and to be created again. */
  readonly pendingReplacement?: boolean;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly additionalSecretOutputs: string[];
  readonly aliases: string[];
  readonly ignoreChanges: string[];
  readonly replaceOnChanges: string[];
  readonly customTimeouts?: Timeouts;
  /** Why the last create or update ended half-way. */
  readonly initErrors: string[];
  readonly created?: string;
  readonly modified?: string;
  /** Members that only the official engine knows; handed on as they are. */
  readonly others: Record<string, unknown>;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading";

/** Something that was begun and, if it is still in the state, interrupted. */
export interface Operation {
  readonly type: OperationType;
  readonly resource: Resource;
}

/** All that the state says of a stack. */
export interface Snapshot {
  resources: Resource[];
  pending: Operation[];
}

/** The URNs that must be there before the resource. */
export function needs(resource: Resource): string[] {
  return [
    ...(resource.parent ? [resource.parent] : []),
    ...(resource.provider ? [providerUrn(resource.provider)] : []),
    ...(resource.deletedWith ? [resource.deletedWith] : []),
    ...resource.dependencies,
    ...Object.values(resource.propertyDependencies).flat(),
  ];
}

/** A provider reference is `urn::id`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}
