import { createHash } from "node:crypto";

/** A host key that must be the host's. */
export interface PinnedKey {
  blob: Buffer;
  /** What the host may be asked for, so that it offers this key and no other. */
  algorithms: string[];
  /** e.g. "ssh-ed25519 SHA256:…" */
  name: string;
}

/**
 * Reads a line of authorized_keys.
 *
 * @returns undefined when it is none
 */
export function parseHostKey(line: string): PinnedKey | undefined {
  const [, type, base64] =
    /(?:^|\s)((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line) ?? [];
  if (!type || !base64) return undefined;
  const blob = Buffer.from(base64, "base64");
  if (keyType(blob) !== type) return undefined;
  // RFC 8332: the same key, better signatures.
  const algorithms = type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type];
  return { blob, algorithms, name: keyName(blob) };
}

/** Type and fingerprint of a public key, as `ssh-keygen -l` shows them. */
export function keyName(blob: Buffer): string {
  const hash = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return `${keyType(blob)} SHA256:${hash}`;
}

/** RFC 4253, section 6.6: a public key starts with its type. */
function keyType(blob: Buffer): string {
  return blob.length < 4 ? "" : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
}
