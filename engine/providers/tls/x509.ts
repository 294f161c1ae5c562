import { createPublicKey, type KeyObject, randomBytes, type webcrypto } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import type * as X509 from "@peculiar/x509";
import { digest } from "./key.ts";

let library: Promise<typeof X509> | undefined;

/** The X.509 library, loaded when the first certificate is made: an unchanged `up` doesn't need it. */
export function x509(): Promise<typeof X509> {
  library ??= import("reflect-metadata").then(() => import("@peculiar/x509"));
  return library;
}

/** A key pair as the X.509 library takes it, and how it signs. */
export interface Signer {
  privateKey: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
  algorithm: webcrypto.Algorithm | webcrypto.EcdsaParams;
}

/** Of an ECDSA key on P-256, or an Ed25519 key. */
export function signer(key: KeyObject): Signer {
  const algorithm =
    key.asymmetricKeyType === "ed25519"
      ? { name: "Ed25519" }
      : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  return {
    privateKey: key.toCryptoKey(algorithm, false, ["sign"]),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ["verify"]),
    algorithm,
  };
}

/**
 * Subject key identifier as the official provider makes it, hexadecimal: RFC 5280, section 4.2.1.2, method 1, but for
 * Ed25519 the hash of the key as an OCTET STRING.
 */
export function subjectKeyId(spki: Buffer): string {
  const key = createPublicKey({ key: spki, type: "spki", format: "der" });
  return digest("sha1", subjectPublicKey(key)).toString("hex");
}

function subjectPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "der" });
  const { x, y } = key.export({ format: "jwk" });
  const [left, right] = [x, y].map((part) => Buffer.from(part ?? "", "base64url"));
  const head = key.asymmetricKeyType === "ed25519" ? [0x04, left.length] : [0x04];
  return Buffer.concat([Buffer.from(head), left, right]);
}

/** A random serial number of 128 bits: hexadecimal for the certificate, decimal for the state. */
export function newSerial(): { hex: string; decimal: string } {
  const number = BigInt(`0x${randomBytes(16).toString("hex")}`) || 1n;
  const digits = number.toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  // DER's integers are signed.
  return { hex: /^[89a-f]/.test(even) ? `00${even}` : even, decimal: number.toString() };
}

/** Subject of a certificate or a request, as far as the provider's arguments for it are taken. */
export interface Subject {
  organization?: string;
  commonName?: string;
}

/** The subject in the order of Go's crypto/x509, which the official provider uses. */
export function distinguishedName(lib: typeof X509, { organization, commonName }: Subject): X509.Name {
  const fields = { "2.5.4.10": organization, "2.5.4.3": commonName };
  return new lib.Name(
    Object.entries(fields).flatMap(([oid, value]) => (value ? [{ [oid]: [directoryString(value)] }] : [])),
  );
}

function directoryString(value: string): Record<string, string> {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? { printableString: value } : { utf8String: value };
}

/** Subject alternative names, as the provider's arguments name them. */
export interface AlternativeNames {
  dnsNames?: string[];
  ipAddresses?: string[];
  uris?: string[];
}

/** None when there are no names; RFC 5280, section 4.2.1.6: critical when there is no subject. */
export function alternativeNames(
  lib: typeof X509,
  names: AlternativeNames,
  critical: boolean,
): X509.Extension[] {
  const all: X509.JsonGeneralName[] = [
    ...(names.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(names.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value: ipAddress(value) })),
    ...(names.uris ?? []).map((value) => ({ type: "url" as const, value })),
  ];
  return all.length ? [new lib.SubjectAlternativeNameExtension(all, critical)] : [];
}

/** In the spelling that the library reads right, without dots in IPv6; Go takes an IPv4-mapped address for the IPv4 one. */
function ipAddress(value: string): string {
  if (!isIP(value))
    throw new Error(`"${value}" is not an IP address; write one like 192.0.2.1 or 2001:db8::1`);
  if (isIPv4(value)) return value;
  const hexadecimal = new URL(`http://[${value}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(hexadecimal);
  if (mapped === null) return hexadecimal;
  return mapped
    .slice(1)
    .map((pair) => Number.parseInt(pair, 16))
    .flatMap((pair) => [pair >> 8, pair & 255])
    .join(".");
}
