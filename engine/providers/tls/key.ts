import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { PropertyMap } from "../provider.ts";
import { openSshPrivateKey, openSshPublicKey } from "./openSsh.ts";

export type Algorithm = "RSA" | "ECDSA" | "ED25519";

/** The provider's names of the curves, and OpenSSL's. */
export const curves: Record<string, string> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

const algorithms: Record<string, Algorithm> = { rsa: "RSA", ec: "ECDSA", ed25519: "ED25519" };

const generate = promisify(generateKeyPair);

/** A new private key. */
export async function newPrivateKey(algorithm: Algorithm, curve: string, bits: number): Promise<KeyObject> {
  switch (algorithm) {
    case "RSA":
      return (await generate("rsa", { modulusLength: bits })).privateKey;
    case "ECDSA":
      return (await generate("ec", { namedCurve: curves[curve] })).privateKey;
    case "ED25519":
      return (await generate("ed25519")).privateKey;
  }
}

/**
 * Reads a private key in PEM: PKCS #8, PKCS #1 or SEC 1.
 *
 * @throws Error when the text is no such key, without any of the text
 */
export function parsePrivateKey(pem: string): { key: KeyObject; algorithm: Algorithm } {
  const key = parse(pem);
  const algorithm = algorithms[key.asymmetricKeyType ?? ""];
  if (!algorithm)
    throw new Error(
      `a private key of type ${key.asymmetricKeyType} is not supported; use RSA, ECDSA or ED25519`,
    );
  return { key, algorithm };
}

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's own words can quote what it read.
    throw new Error("the private key is not PEM text of an unencrypted key (PKCS #8, PKCS #1 or SEC 1)");
  }
}

/** The private key in the encodings that the provider offers; OpenSSH knows no P224. */
export function privateKeyOutputs(key: KeyObject): PropertyMap {
  const type = key.asymmetricKeyType;
  const traditional = type === "rsa" ? "pkcs1" : type === "ec" ? "sec1" : "pkcs8";
  return {
    privateKeyPem: key.export({ type: traditional, format: "pem" } as {
      type: "pkcs8";
      format: "pem";
    }) as string,
    privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }) as string,
    privateKeyOpenssh: openSshPrivateKey(key) ?? "",
  };
}

/** The public key in the encodings that the provider offers, and its fingerprints; empty for P224 as the provider's. */
export function publicKeyOutputs(privateKey: KeyObject): PropertyMap {
  const key = createPublicKey(privateKey);
  const ssh = openSshPublicKey(key);
  return {
    publicKeyPem: key.export({ type: "spki", format: "pem" }) as string,
    publicKeyOpenssh: ssh ? `${ssh.type} ${ssh.blob.toString("base64")}\n` : "",
    publicKeyFingerprintMd5: ssh
      ? (digest("md5", ssh.blob).toString("hex").match(/../g) ?? []).join(":")
      : "",
    publicKeyFingerprintSha256: ssh
      ? `SHA256:${digest("sha256", ssh.blob).toString("base64").replace(/=+$/, "")}`
      : "",
  };
}

/** The provider's id of a key. */
export function keyId(privateKey: KeyObject): string {
  const der = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return derId(der);
}

/** Unicode's white space at the end, in UTF-8. */
const TRAILING_SPACE =
  /(?:[\t-\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+$/;

/** SHA-1 of DER, taken for text and trimmed: hashForState in internal/provider of terraform-provider-tls. */
export function derId(der: Buffer): string {
  const text = Buffer.from(der.toString("latin1").replace(TRAILING_SPACE, ""), "latin1");
  return digest("sha1", text).toString("hex");
}

export function digest(algorithm: string, data: Uint8Array): Buffer {
  return createHash(algorithm).update(data).digest();
}
