import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { PropertyMap } from "../provider.ts";
import { openSshPrivateKey, openSshPublicKey } from "./openSsh.ts";

export type Algorithm = "ECDSA" | "ED25519";

const generate = promisify(generateKeyPair);

/** A new private key; ECDSA on the curve P-256. */
export async function newPrivateKey(algorithm: Algorithm): Promise<KeyObject> {
  return algorithm === "ECDSA"
    ? (await generate("ec", { namedCurve: "prime256v1" })).privateKey
    : (await generate("ed25519")).privateKey;
}

/**
 * Reads a private key in PEM: PKCS #8 or SEC 1.
 *
 * @throws Error when the text is no such key, without any of the text
 */
export function parsePrivateKey(pem: string): { key: KeyObject; algorithm: Algorithm } {
  const key = parse(pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519") return { key, algorithm: "ED25519" };
  if (details?.namedCurve === "prime256v1") return { key, algorithm: "ECDSA" };
  throw new Error(
    `a private key of type ${[type, details?.namedCurve].filter(Boolean).join(" ")} is not supported by the offline ` +
      "engine; use ECDSA on P256, or ED25519",
  );
}

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's own words can quote what it read.
    throw new Error("the private key is not PEM text of an unencrypted key (PKCS #8 or SEC 1)");
  }
}

/** A key's PEM text as OpenSSL wrote it before PKCS #8, where there is one. */
export function traditionalPem(key: KeyObject): string {
  const type = key.asymmetricKeyType;
  const traditional = type === "rsa" ? "pkcs1" : type === "ec" ? "sec1" : "pkcs8";
  return key.export({ type: traditional, format: "pem" } as { type: "pkcs8"; format: "pem" }) as string;
}

/** The private key in the encodings that the provider offers. */
export function privateKeyOutputs(key: KeyObject): PropertyMap {
  return {
    privateKeyPem: traditionalPem(key),
    privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }) as string,
    privateKeyOpenssh: openSshPrivateKey(key),
  };
}

/** The public key in the encodings that the provider offers, and its fingerprints. */
export function publicKeyOutputs(privateKey: KeyObject): PropertyMap {
  const key = createPublicKey(privateKey);
  const { type, blob } = openSshPublicKey(key);
  return {
    publicKeyPem: key.export({ type: "spki", format: "pem" }) as string,
    publicKeyOpenssh: `${type} ${blob.toString("base64")}\n`,
    publicKeyFingerprintMd5: (digest("md5", blob).toString("hex").match(/../g) ?? []).join(":"),
    publicKeyFingerprintSha256: `SHA256:${digest("sha256", blob).toString("base64").replace(/=+$/, "")}`,
  };
}

/** DER of the public key that belongs to a private one. */
export function publicKeyDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

/** Unicode's white space at the end, in UTF-8. */
const TRAILING_SPACE =
  /(?:[\t-\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+$/;

/** The provider's id: SHA-1 of DER, taken for text and trimmed (hashForState in terraform-provider-tls). */
export function derId(der: Buffer): string {
  const text = Buffer.from(der.toString("latin1").replace(TRAILING_SPACE, ""), "latin1");
  return digest("sha1", text).toString("hex");
}

export function digest(algorithm: string, data: Uint8Array): Buffer {
  return createHash(algorithm).update(data).digest();
}
