/**
 * `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>`; the name itself may hold "::".
 * Source: sdk/go/common/resource/urn/urn.go in github.com/pulumi/pulumi.
 */
export const stackType = "pulumi:pulumi:Stack";

export interface UrnParts {
  stack: string;
  project: string;
  /** With the types of the parents. */
  qualifiedType: string;
  type: string;
  name: string;
}

export function parseUrn(urn: string): UrnParts {
  const [head = "", project = "", qualifiedType = "", ...name] = urn.split("::");
  return {
    stack: head.slice("urn:pulumi:".length),
    project,
    qualifiedType,
    type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

export function makeUrn(stack: string, project: string, parent: string | undefined, type: string, name: string): string {
  const parentType = parent === undefined || parent === "" ? "" : parseUrn(parent).qualifiedType;
  const prefix = parentType === "" || parentType === stackType ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

/** As people read it: `tls:index/privateKey:PrivateKey` is `tls:index:PrivateKey`. */
export function shortType(type: string): string {
  return type.replace(/\/[^:]*:/, ":");
}
