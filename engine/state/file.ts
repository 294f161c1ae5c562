/** The official state file, version 3: sdk/go/common/apitype/core.go in github.com/pulumi/pulumi. */

/** JSON of a property; secrets are objects with a signature and a ciphertext. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface CustomTimeouts {
  /** Seconds; missing: the provider's own. */
  create?: number;
  update?: number;
  delete?: number;
}

/** What the file holds of a resource besides its properties; keys that this engine doesn't know are carried along. */
export interface ResourceHeader {
  urn: string;
  type: string;
  /** A provider makes it; false: a component. */
  custom: boolean;
  id?: string;
  /** Replaced already, and still to be deleted. */
  delete?: boolean;
  parent?: string;
  protect?: boolean;
  external?: boolean;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  initErrors?: string[];
  /** <urn>::<id> of the provider. */
  provider?: string;
  /** Deleted before its replacement, which isn't made yet. */
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: CustomTimeouts;
  retainOnDelete?: boolean;
  deletedWith?: string;
  created?: string;
  modified?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
}

export interface ResourceRecord extends ResourceHeader {
  inputs?: Record<string, Json>;
  outputs?: Record<string, Json>;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading" | "importing";

export interface OperationRecord {
  resource: ResourceRecord;
  type: OperationType;
}

export interface Deployment {
  manifest: { time: string; magic: string; version: string; plugins?: unknown };
  secrets_providers?: { type: string; state?: { salt: string } };
  resources?: ResourceRecord[];
  pending_operations?: OperationRecord[];
  metadata?: Record<string, unknown>;
}

export interface Checkpoint {
  version: number;
  /** Features of newer formats; this engine knows none. */
  features?: string[];
  checkpoint: { stack: string; latest?: Deployment | null; config?: unknown };
}
