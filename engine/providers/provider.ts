/**
 * What the engine asks of a provider: the verbs of Pulumi's resource provider protocol, as plain functions.
 * Source of the protocol: proto/pulumi/provider.proto in github.com/pulumi/pulumi.
 */

/** A value of a resource's property. */
export type PropertyValue =
  null | boolean | number | string | PropertyValue[] | { [key: string]: PropertyValue } | Secret | Unknown;

/** Properties by name; a property that is not set is missing, never undefined. */
export type PropertyMap = Record<string, PropertyValue>;

/** A value that is encrypted in the state and masked wherever it is shown. */
export class Secret {
  readonly value: PropertyValue;
  constructor(value: PropertyValue) {
    this.value = value;
  }
}

/** A value that only becomes known when something that is previewed has been done. */
export class Unknown {
  readonly unknown = true;
}

export const UNKNOWN = new Unknown();

export interface CheckFailure {
  /** Path of the property, e.g. "connection.host". */
  property: string;
  /** What is wrong and what would be right. */
  reason: string;
}

export interface Diff {
  /** Names of the changed properties; none: nothing to do. */
  changed: string[];
  /** Those of them that can only change by replacing the resource. */
  replace: string[];
}

export type Severity = "debug" | "info" | "warning" | "error";

export interface Context {
  /** The resource's name in the program: a command's id starts with it. */
  name: string;
  /** Shows a line that belongs to the resource. Never give it a secret. */
  log(severity: Severity, message: string): void;
  /** Aborted when the user gives up waiting (a second Ctrl-C) or the operation's customTimeout ends. */
  signal: AbortSignal;
  /** customTimeouts for this operation, seconds. Default: the provider's own. */
  timeoutSeconds?: number;
  /** The project's root: where a relative path of the program starts. */
  directory: string;
}

/** What the state holds of a resource. */
export interface ResourceState {
  inputs: PropertyMap;
  outputs: PropertyMap;
}

export interface ResourceType {
  /** Fills in defaults as the official provider does; a failure stops the resource before anything happens. */
  check(news: PropertyMap, olds?: PropertyMap): { inputs: PropertyMap; failures: CheckFailure[] };
  /** Compares checked inputs with the state; `news` can hold UNKNOWN in a preview. */
  diff(olds: ResourceState, news: PropertyMap): Diff;
  /** Secret marks outputs as the official provider marks them; other secrets are the engine's to keep. */
  create(inputs: PropertyMap, context: Context): Promise<{ id: string; outputs: PropertyMap }>;
  /** The resource as it is; undefined when it no longer exists. */
  read?(
    id: string,
    state: ResourceState,
    context: Context,
  ): Promise<({ id: string } & ResourceState) | undefined>;
  /** Without it every change that diff reports replaces. */
  update?(
    id: string,
    olds: ResourceState,
    news: PropertyMap,
    context: Context,
  ): Promise<{ outputs: PropertyMap }>;
  /** Without it deleting only forgets the resource. */
  delete?(id: string, olds: ResourceState, context: Context): Promise<void>;
}

export interface Provider {
  /** Package, e.g. "tls". */
  name: string;
  /** Version of the official provider that this one stands in for, e.g. "5.6.1". */
  version: string;
  /** By type token, e.g. "tls:index/privateKey:PrivateKey". */
  resources: Record<string, ResourceType>;
  /** Calls a function, e.g. "command:local:run". */
  invoke?(token: string, args: PropertyMap, context: Context): Promise<PropertyMap>;
}

/** The value itself, without any Secret around or inside it. For the provider's use only, never to be shown. */
export function plain(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

/** Whether the value is, or holds, something that isn't known yet. */
export function hasUnknown(value: PropertyValue): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Whether the value is a secret, or holds one. */
export function hasSecret(value: PropertyValue): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

export function isObject(value: PropertyValue | undefined): value is { [key: string]: PropertyValue } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}
