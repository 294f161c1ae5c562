import type { PropertyMap, PropertyValue } from "../providers/provider.ts";
import { Secret, Unknown } from "../providers/provider.ts";
import { SECRET, SIGNATURE_KEY, UNKNOWN_VALUE } from "../wire/signatures.ts";
import type { Json } from "./file.ts";
import type { Crypter } from "./secrets.ts";

/** Shown instead of a secret that isn't asked for, or can't be read without the passphrase. */
export const MASK = "[secret]";

/**
 * Turns properties into the state's JSON and back. Remembers each ciphertext that it has seen with its plaintext, so
 * that an unchanged secret keeps its ciphertext and an unchanged resource its exact text.
 */
export class ValueCodec {
  private readonly crypter: Crypter | undefined;
  private readonly known = new Map<string, string>();

  /** Without a crypter secrets are read as "[secret]" and can't be written. */
  constructor(crypter: Crypter | undefined) {
    this.crypter = crypter;
  }

  /** `scope` keeps apart what may share a ciphertext: the same value in two scopes is encrypted twice. */
  decodeMap(json: Record<string, Json> | undefined, scope: string): PropertyMap {
    return Object.fromEntries(Object.entries(json ?? {}).map(([k, v]) => [k, this.decode(v, scope)]));
  }

  encodeMap(map: PropertyMap, scope: string): Record<string, Json> {
    return Object.fromEntries(Object.entries(map).map(([k, v]) => [k, this.encode(v, scope)]));
  }

  decode(json: Json, scope: string): PropertyValue {
    if (Array.isArray(json)) return json.map((v) => this.decode(v, scope));
    if (typeof json !== "object" || json === null) return json;
    if (json[SIGNATURE_KEY] !== SECRET) return this.decodeMap(json, scope);
    if (typeof json.plaintext === "string") return new Secret(readNested(JSON.parse(json.plaintext) as Json));
    if (!this.crypter) return new Secret(MASK);
    const ciphertext = String(json.ciphertext);
    const value = readNested(JSON.parse(this.crypter.decrypt(ciphertext)) as Json);
    this.known.set(key(scope, value), ciphertext);
    return new Secret(value);
  }

  encode(value: PropertyValue, scope: string): Json {
    if (value instanceof Unknown) return UNKNOWN_VALUE;
    if (Array.isArray(value)) return value.map((v) => this.encode(v, scope));
    if (!(value instanceof Secret)) {
      return typeof value === "object" && value !== null ? this.encodeMap(value, scope) : value;
    }
    if (!this.crypter) throw new Error("a secret can't be written without a passphrase");
    const id = key(scope, value.value);
    const ciphertext = this.known.get(id) ?? this.crypter.encrypt(JSON.stringify(writeNested(value.value)));
    this.known.set(id, ciphertext);
    return { [SIGNATURE_KEY]: SECRET, ciphertext };
  }
}

/** The state's JSON with secrets in the clear, as `stack export --show-secrets` and its like write it. */
export function encodeInTheClear(value: PropertyValue): Json {
  return writeOpen(value, "plaintext");
}

/** Inside a secret, a nested secret's "ciphertext" (in an export "plaintext") is JSON: the outer one is encrypted as a whole. */
function readNested(json: Json): PropertyValue {
  if (Array.isArray(json)) return json.map(readNested);
  if (typeof json !== "object" || json === null) return json;
  if (json[SIGNATURE_KEY] === SECRET) {
    return new Secret(readNested(JSON.parse(String(json.plaintext ?? json.ciphertext)) as Json));
  }
  return Object.fromEntries(Object.entries(json).map(([k, v]) => [k, readNested(v)]));
}

function writeNested(value: PropertyValue): Json {
  return writeOpen(value, "ciphertext");
}

/** Secrets as JSON of what they hold, in the given field. */
function writeOpen(value: PropertyValue, field: "plaintext" | "ciphertext"): Json {
  const write = (inner: PropertyValue): Json => writeOpen(inner, field);
  if (value instanceof Unknown) return UNKNOWN_VALUE;
  if (Array.isArray(value)) return value.map(write);
  if (value instanceof Secret)
    return { [SIGNATURE_KEY]: SECRET, [field]: JSON.stringify(write(value.value)) };
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, write(v)]));
}

/** Go and JavaScript order keys and escape text differently: compare what is meant, not how it is written. */
function key(scope: string, value: PropertyValue): string {
  return `${scope}\n${JSON.stringify(sorted(writeNested(value)))}`;
}

function sorted(json: Json): Json {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
