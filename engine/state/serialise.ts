import { isObject, type PropertyMap, type PropertyValue, Secret, UNKNOWN, Unknown } from "../providers/provider.ts";
import { decode, encode, signatureKey, signatures } from "../wire/properties.ts";
import type { Cipher } from "./secrets.ts";
import type { Resource } from "./resource.ts";

export type Json = Record<string, unknown>;

/** How secrets are written: encrypted, or in plain for whoever asked to see them. */
export interface Sealing {
  seal(text: string, owner: string): Json;
}

/** Encrypts; a text that a resource already had keeps its ciphertext, so that an unchanged state stays the same. */
export class Sealer implements Sealing {
  readonly cipher: Cipher;
  readonly #known = new Map<string, string>();

  constructor(cipher: Cipher) {
    this.cipher = cipher;
  }

  remember(owner: string, text: string, ciphertext: string): void {
    this.#known.set(`${owner}\0${text}`, ciphertext);
  }

  seal(text: string, owner: string): Json {
    const key = `${owner}\0${text}`;
    const ciphertext = this.#known.get(key) ?? this.cipher.encrypt(text);
    this.#known.set(key, ciphertext);
    return { ciphertext };
  }
}

export const revealing: Sealing = { seal: (text) => ({ plaintext: text }) };

/** Inside a secret, another one keeps plain JSON in its `ciphertext`. */
const nested: Sealing = { seal: (text) => ({ ciphertext: text }) };

function serialiseValue(value: PropertyValue, sealing: Sealing, owner: string): unknown {
  if (value instanceof Secret) {
    const text = JSON.stringify(serialiseValue(value.value, nested, owner));
    return { [signatureKey]: signatures.secret, ...sealing.seal(text, owner) };
  }
  if (value instanceof Unknown) return encode(UNKNOWN);
  if (Array.isArray(value)) return value.map((element) => serialiseValue(element, sealing, owner));
  return isObject(value) ? serialiseMap(value, sealing, owner) : value;
}

export function serialiseMap(map: PropertyMap, sealing: Sealing, owner: string): Json {
  // Sorted, as Go writes maps: the state's text doesn't depend on the order in which a provider answers.
  const keys = Object.keys(map).sort();
  return Object.fromEntries(keys.map((key) => [key, serialiseValue(map[key], sealing, owner)]));
}

/** Opens what {@link serialiseValue} wrote; `unseal` gives the JSON text of a ciphertext. */
function parseValue(value: unknown, unseal: (ciphertext: string) => string): PropertyValue {
  if (Array.isArray(value)) return value.map((element) => parseValue(element, unseal));
  if (value === null || typeof value !== "object") return decode(value);
  const fields = value as Json;
  if (fields[signatureKey] === signatures.secret) {
    const { plaintext, ciphertext } = fields;
    const text = typeof plaintext === "string" ? plaintext : unseal(String(ciphertext));
    return new Secret(parseValue(JSON.parse(text), (inner) => inner));
  }
  return parseMap(fields, unseal);
}

export function parseMap(fields: Json | undefined, unseal: (ciphertext: string) => string): PropertyMap {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, parseValue(value, unseal)]));
}

export function serialiseResource(resource: Resource, sealing: Sealing): Json {
  const { others, inputs, outputs, ...rest } = resource;
  const fields: Json = {
    urn: rest.urn,
    custom: rest.custom,
    delete: rest.delete || undefined,
    id: rest.id,
    type: rest.type,
    inputs: optional(serialiseMap(inputs, sealing, rest.urn)),
    outputs: optional(serialiseMap(outputs, sealing, rest.urn)),
    parent: rest.parent,
    protect: rest.protect || undefined,
    dependencies: optional(rest.dependencies),
    initErrors: optional(rest.initErrors),
    provider: rest.provider,
    propertyDependencies: optional(rest.propertyDependencies),
    pendingReplacement: rest.pendingReplacement || undefined,
    additionalSecretOutputs: optional(rest.additionalSecretOutputs),
    aliases: optional(rest.aliases),
    customTimeouts: rest.customTimeouts,
    retainOnDelete: rest.retainOnDelete || undefined,
    deletedWith: rest.deletedWith,
    created: rest.created,
    modified: rest.modified,
    ignoreChanges: optional(rest.ignoreChanges),
    replaceOnChanges: optional(rest.replaceOnChanges),
    ...others,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function parseResource(fields: Json, sealer: Sealer | undefined): Resource {
  const urn = String(fields.urn);
  const unseal = (ciphertext: string): string => {
    if (!sealer) throw new Error(`${urn}: the state holds a secret but names no secrets provider`);
    const text = sealer.cipher.decrypt(ciphertext);
    sealer.remember(urn, text, ciphertext);
    return text;
  };
  const { custom, type, inputs, outputs, ...others } = fields;
  const take = <T>(key: string): T | undefined => {
    const value = others[key] as T | undefined;
    delete others[key];
    return value;
  };
  delete others.urn;
  return {
    urn,
    type: String(type),
    custom: custom === true,
    id: take("id"),
    inputs: parseMap(inputs as Json, unseal),
    outputs: parseMap(outputs as Json, unseal),
    parent: take("parent"),
    provider: take("provider"),
    dependencies: take("dependencies") ?? [],
    propertyDependencies: take("propertyDependencies") ?? {},
    delete: take("delete"),
    pendingReplacement: take("pendingReplacement"),
    protect: take("protect"),
    retainOnDelete: take("retainOnDelete"),
    deletedWith: take("deletedWith"),
    additionalSecretOutputs: take("additionalSecretOutputs") ?? [],
    aliases: take("aliases") ?? [],
    ignoreChanges: take("ignoreChanges") ?? [],
    replaceOnChanges: take("replaceOnChanges") ?? [],
    customTimeouts: take("customTimeouts"),
    initErrors: take("initErrors") ?? [],
    created: take("created"),
    modified: take("modified"),
    others,
  };
}

function optional<T extends object>(collection: T): T | undefined {
  return Object.keys(collection).length === 0 ? undefined : collection;
}
