import { createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

/** A public key as SSH sends it. */
export interface SshPublicKey {
  /** e.g. "ssh-ed25519" */
  type: string;
  blob: Buffer;
}

// RFC 5656, section 10.1: the curves that every implementation knows.
const sshCurves: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** The key as SSH sends it (RFC 4253, section 6.6); undefined when SSH knows no such key. */
export function openSshPublicKey(key: KeyObject): SshPublicKey | undefined {
  const jwk = exportJwk(key);
  const fields = jwk && publicFields(jwk);
  return fields && { type: fields[0].toString(), blob: Buffer.concat(fields.map(field)) };
}

/**
 * An unencrypted private key in OpenSSH's format, source: PROTOCOL.key in github.com/openssh/openssh-portable;
 * undefined when SSH knows no such key.
 */
export function openSshPrivateKey(key: KeyObject): string | undefined {
  const jwk = exportJwk(key);
  const publicKey = openSshPublicKey(createPublicKey(key));
  if (!jwk || !publicKey) return undefined;
  const check = randomBytes(4);
  const comment = field(Buffer.alloc(0));
  const secrets = Buffer.concat([check, check, ...privateFields(jwk).map(field), comment]);
  const padding = Buffer.from(Array.from({ length: -secrets.length & 7 }, (_, i) => i + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map((each) => field(Buffer.from(each))),
    count,
    field(publicKey.blob),
    field(Buffer.concat([secrets, padding])),
  ]);
  return pem("OPENSSH PRIVATE KEY", whole);
}

/** PEM text with a line break after each 64 characters and at the end. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function publicFields(jwk: JsonWebKey): [Buffer, ...Buffer[]] | undefined {
  switch (jwk.kty) {
    case "RSA":
      return [Buffer.from("ssh-rsa"), integer(jwk.e), integer(jwk.n)];
    case "OKP":
      return [Buffer.from("ssh-ed25519"), bytes(jwk.x)];
    default: {
      const curve = sshCurves[jwk.crv ?? ""];
      return curve === undefined
        ? undefined
        : [
            Buffer.from(`ecdsa-sha2-${curve}`),
            Buffer.from(curve),
            Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]),
          ];
    }
  }
}

function privateFields(jwk: JsonWebKey): Buffer[] {
  const [type, ...rest] = publicFields(jwk) ?? [];
  switch (jwk.kty) {
    case "RSA":
      return [type!, ...[jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map(integer)];
    case "OKP":
      return [type!, bytes(jwk.x), Buffer.concat([bytes(jwk.d), bytes(jwk.x)])];
    default:
      return [type!, ...rest, integer(jwk.d)];
  }
}

/** OpenSSL gives no JWK of P-224. */
function exportJwk(key: KeyObject): JsonWebKey | undefined {
  return key.asymmetricKeyDetails?.namedCurve === "secp224r1" ? undefined : key.export({ format: "jwk" });
}

function bytes(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? "", "base64url");
}

/** An unsigned number as SSH's mpint (RFC 4251, section 5): no needless zeros, never negative. */
function integer(base64url: string | undefined): Buffer {
  const all = bytes(base64url);
  const first = all.findIndex((byte) => byte !== 0);
  const short = all.subarray(first);
  return (short[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short;
}

function field(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}
