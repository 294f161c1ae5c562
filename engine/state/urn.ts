/**
 * `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`; the name itself may hold "::".
 * Source: sdk/go/common/resource/urn/urn.go in github.com/pulumi/pulumi.
 */
export const STACK_TYPE = "pulumi:pulumi:Stack";

const PROVIDER_PREFIX = "pulumi:providers:";

function parts(urn: string): { qualifiedType: string; name: string } {
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return { qualifiedType, name: name.join("::") };
}

export function makeUrn(
  stack: string,
  project: string,
  parent: string | undefined,
  type: string,
  name: string,
): string {
  const parentType = parent ? parts(parent).qualifiedType : "";
  const prefix = parentType === "" || parentType === STACK_TYPE ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

export function urnName(urn: string): string {
  return parts(urn).name;
}

/** The resource's own type, without its parents'. */
export function urnType(urn: string): string {
  const { qualifiedType } = parts(urn);
  return qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1);
}

/** As people read it: `tls:index/privateKey:PrivateKey` is `tls:index:PrivateKey`. */
export function shownType(type: string): string {
  return type.replace(/\/[^:]*:/, ":");
}

/** Whether the resource is a provider itself. */
export function isProviderType(type: string): boolean {
  return type.startsWith(PROVIDER_PREFIX);
}

/** A provider's reference is `<urn>::<id>`. */
export function parseReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}
