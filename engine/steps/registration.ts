import type { PropertyMap } from "../providers/provider.ts";
import type { Timeouts } from "../state/resource.ts";

/** Another identity that a resource may have had. */
export type Alias =
  | { urn: string }
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

/** What the program says of a resource: RegisterResourceRequest without the wire's clothes. */
export interface Registration {
  type: string;
  name: string;
  custom: boolean;
  inputs: PropertyMap;
  parent?: string;
  /** Reference to an explicit provider, `urn::id`. */
  provider?: string;
  /** Version of the provider's package. */
  version?: string;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
  /** undefined: as the provider says. */
  deleteBeforeReplace?: boolean;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  additionalSecretOutputs?: string[];
  aliases?: Alias[];
  customTimeouts?: Timeouts;
  /** undefined: as the parent. */
  protect?: boolean;
  /** undefined: as the parent. */
  retainOnDelete?: boolean;
  deletedWith?: string;
}

/** What the program is told. */
export interface Registered {
  urn: string;
  /** Missing for components, and for what a preview would create. */
  id?: string;
  outputs: PropertyMap;
}

/** The program is to end: an error has been shown, or the user wants it. */
export class Stopped extends Error {
  constructor() {
    super("the deployment has been stopped");
    this.name = "Stopped";
  }
}
