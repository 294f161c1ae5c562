import { createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from "node:crypto";

/** A public key as SSH sends it. */
export interface SshPublicKey {
  /** e.g. "ssh-ed25519" */
  type: string;
  blob: Buffer;
}

/** An ECDSA key on P-256, or an Ed25519 key, as SSH sends it: RFC 5656, section 3.1; RFC 8709, section 4. */
export function openSshPublicKey(key: KeyObject): SshPublicKey {
  const fields = publicFields(key.export({ format: "jwk" }));
  return { type: String(fields[0]), blob: Buffer.concat(fields.map(field)) };
}

/** Such a private key, unencrypted, in OpenSSH's format: PROTOCOL.key in github.com/openssh/openssh-portable. */
export function openSshPrivateKey(key: KeyObject): string {
  const publicKey = openSshPublicKey(createPublicKey(key));
  const check = randomBytes(4);
  const comment = field(Buffer.alloc(0));
  const parts = privateFields(key.export({ format: "jwk" })).map(field);
  const secrets = Buffer.concat([check, check, ...parts, comment]);
  const padding = Buffer.from(Array.from({ length: -secrets.length & 7 }, (_, i) => i + 1));
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map((each) => field(Buffer.from(each))),
    Buffer.from([0, 0, 0, 1]),
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

function publicFields({ kty, x, y }: JsonWebKey): Buffer[] {
  if (kty === "OKP") return [Buffer.from("ssh-ed25519"), bytes(x)];
  const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
  return [Buffer.from("ecdsa-sha2-nistp256"), Buffer.from("nistp256"), point];
}

function privateFields(jwk: JsonWebKey): Buffer[] {
  const all = publicFields(jwk);
  return jwk.kty === "OKP"
    ? [...all, Buffer.concat([bytes(jwk.d), bytes(jwk.x)])]
    : [...all, unsigned(bytes(jwk.d))];
}

function bytes(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? "", "base64url");
}

/** An unsigned number as SSH's mpint (RFC 4251, section 5): no needless zeros, never negative. */
function unsigned(all: Buffer): Buffer {
  const short = all.subarray(all.findIndex((byte) => byte !== 0));
  return (short[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short;
}

function field(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}
