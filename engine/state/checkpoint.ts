import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Unsupported, UserError } from "../errors.ts";
import type { PropertyMap } from "../providers/provider.ts";
import type { Deployment, OperationType, ResourceHeader, ResourceRecord } from "./file.ts";
import type { ValueCodec } from "./values.ts";

/** A resource of the state, its secrets open. */
export interface Resource extends ResourceHeader {
  inputs: PropertyMap;
  outputs: PropertyMap;
}

/** Something that was begun and, if a run finds it in the state, was interrupted. */
export interface Operation {
  resource: Resource;
  type: OperationType;
}

/** The release of the official CLI whose format this is, and against which this engine was checked. */
export const OFFICIAL_VERSION = "3.260.0";

export function readResource(record: ResourceRecord, codec: ValueCodec): Resource {
  if (record.deletedWith) throw new Unsupported(`${record.urn}: the option deletedWith`);
  // An older version of this engine kept the names that a resource had had; the official CLI renames by them.
  return {
    ...record,
    aliases: undefined,
    inputs: codec.decodeMap(record.inputs, record.urn),
    outputs: codec.decodeMap(record.outputs, record.urn),
  };
}

/** The record as Go writes it: empty and false members are left out. */
export function writeResource({ inputs, outputs, ...header }: Resource, codec: ValueCodec): ResourceRecord {
  const record = {
    ...header,
    inputs: codec.encodeMap(inputs, header.urn),
    outputs: codec.encodeMap(outputs, header.urn),
  };
  const kept = Object.entries(record).filter(([name, value]) => name === "custom" || !isEmpty(value));
  return Object.fromEntries(kept) as unknown as ResourceRecord;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === "";
}

/** Whether two records say the same, in whatever order their lists of dependencies are. */
export function sameRecord(a: ResourceRecord, b: ResourceRecord): boolean {
  return isDeepStrictEqual(comparable(a), comparable(b));
}

function comparable(record: ResourceRecord): object {
  const propertyDependencies = Object.entries(record.propertyDependencies ?? {}).map(([name, urns]) => [
    name,
    [...(urns ?? [])].sort(),
  ]);
  const normal = {
    ...record,
    dependencies: [...(record.dependencies ?? [])].sort(),
    propertyDependencies: Object.fromEntries(propertyDependencies),
  };
  return Object.fromEntries(
    Object.entries(normal).filter(([name, value]) => name === "custom" || !isEmpty(value)),
  );
}

/** The magic is the hash of the version: with a wrong one the official CLI refuses the file. */
export function manifest(old: Deployment["manifest"] | undefined, now: Date): Deployment["manifest"] {
  const version = old?.version || OFFICIAL_VERSION;
  const magic = createHash("sha256").update(version).digest("hex");
  return { ...old, time: now.toISOString(), magic, version };
}

/** @throws UserError when the format is newer, or older, than what this engine reads */
export function checkVersion(file: { version: number; features?: string[] }, source: string): void {
  const { version, features = [] } = file;
  if (version === 3 && features.length === 0) return;
  const found = [`version ${version}`, ...features].join(", ");
  throw new UserError(
    `${source}: the state's format is ${found}; the offline engine reads version 3: use the official CLI`,
  );
}
