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

// FIPS 186-5 and RFC 5758 pair a curve with a hash of its strength; so does Go's crypto/x509, which the official provider uses.
const signatures: Record<string, { namedCurve: string; hash: string }> = {
  prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
  secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
  secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
};

/** A key pair as the X.509 library takes it, and how it signs. */
export interface Signer {
  privateKey: webcrypto.CryptoKey;
  publicKey: webcrypto.CryptoKey;
  algorithm: webcrypto.Algorithm | webcrypto.EcdsaParams;
}

/** @throws Error for P224, which Web Cryptography doesn't know */
export function signer(key: KeyObject): Signer {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === "rsa") {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return { ...pair(key, algorithm), algorithm };
  }
  if (asymmetricKeyType === "ed25519") {
    const algorithm = { name: "Ed25519" };
    return { ...pair(key, algorithm), algorithm };
  }
  const curve = asymmetricKeyDetails?.namedCurve ?? "";
  const signature = signatures[curve];
  if (!signature) {
    throw new Error(
      `a key on the curve ${curve} can't sign here; make it with ecdsaCurve P256, P384 or P521`,
    );
  }
  const { namedCurve, hash } = signature;
  return { ...pair(key, { name: "ECDSA", namedCurve }), algorithm: { name: "ECDSA", hash } };
}

function pair(
  key: KeyObject,
  algorithm: webcrypto.AlgorithmIdentifier | webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams,
): Pick<Signer, "privateKey" | "publicKey"> {
  return {
    privateKey: key.toCryptoKey(algorithm, false, ["sign"]),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ["verify"]),
  };
}

/** DER of the public key that belongs to a private one. */
export function publicKeyDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
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

/** Subject of a certificate or a request, as the provider's arguments name it. */
export interface Subject {
  country?: string;
  organization?: string;
  organizationalUnit?: string;
  locality?: string;
  province?: string;
  streetAddresses?: string[];
  postalCode?: string;
  commonName?: string;
  serialNumber?: string;
  emailAddress?: string;
}

const emailAddress = "1.2.840.113549.1.9.1";

/** The subject in the order of Go's crypto/x509, which the official provider uses. */
export function distinguishedName(lib: typeof X509, subject: Subject): X509.Name {
  const fields: [string, string | string[] | undefined][] = [
    ["2.5.4.6", subject.country],
    ["2.5.4.10", subject.organization],
    ["2.5.4.11", subject.organizationalUnit],
    ["2.5.4.7", subject.locality],
    ["2.5.4.8", subject.province],
    ["2.5.4.9", subject.streetAddresses],
    ["2.5.4.17", subject.postalCode],
    ["2.5.4.3", subject.commonName],
    ["2.5.4.5", subject.serialNumber],
    [emailAddress, subject.emailAddress],
  ];
  return new lib.Name(
    fields.flatMap(([oid, value]) => {
      const values = [value ?? []].flat().filter((each) => each !== "");
      return values.length ? [{ [oid]: values.map((each) => directoryString(oid, each)) }] : [];
    }),
  );
}

function directoryString(oid: string, value: string): Record<string, string> {
  if (oid === emailAddress) return { ia5String: value };
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
