import { createHash } from "node:crypto";

/** A host key that must be the host's. */
export interface PinnedKey {
  blob: Buffer;
  /** What the host may be asked for, so that it offers this key and no other. */
  algorithms: string[];
  /** As `ssh-keygen -l` shows it, e.g. `ssh-ed25519 SHA256:…` */
  name: string;
}

/** A line of authorized_keys; undefined when it is none. */
export async function pinnedKey(line: string): Promise<PinnedKey | undefined> {
  const { utils } = (await import("ssh2")).default;
  const key = utils.parseKey(line);
  if (key instanceof Error) return undefined;
  const blob = key.getPublicSSH();
  // RFC 8332: the same key, better signatures.
  const algorithms = key.type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [key.type];
  return { blob, algorithms, name: keyName(blob) };
}

/** A public key on the wire begins with its type (RFC 4253, section 6.6). */
export function keyName(blob: Buffer): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
  return `${type} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
