import { createHash } from "node:crypto";

/** A public key by which a client comes, as a line of authorized_keys without options and comment. */
export interface SshKey {
  /** e.g. `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…` */
  line: string;
  /** SHA-256 of the key, 64 lower-case hexadecimal digits: what sshd's log shows in base64. */
  fingerprint: string;
}

const example = "write one as it is in ~/.ssh/id_ed25519.pub: ssh-ed25519 AAAA… ana@laptop";

/** Bits of the shortest RSA key (NIST SP 800-57 part 1, table 2: 128 bits of security). */
const leastRsaBits = 3072;

/** The fields of each type's blob (RFC 4253, 5656, 8709; OpenSSH's PROTOCOL.u2f): texts that are fixed, or their length. */
const shapes: Record<string, (string | number | "any")[]> = {
  "ssh-ed25519": [32],
  "ecdsa-sha2-nistp256": ["nistp256", 65],
  "ecdsa-sha2-nistp384": ["nistp384", 97],
  "ecdsa-sha2-nistp521": ["nistp521", 133],
  "sk-ssh-ed25519@openssh.com": [32, "any"],
  "sk-ecdsa-sha2-nistp256@openssh.com": ["nistp256", 65, "any"],
  "ssh-rsa": ["any", "any"],
};

/** What is wrong with the text of a public key, without a word of it: it may be a private one by mistake. */
export function sshKeyProblem(text: unknown): string | undefined {
  if (typeof text !== "string" || text.trim() === "") return `is not a public key of SSH; ${example}`;
  if (/PRIVATE KEY|PuTTY-User-Key-File|b3BlbnNzaC1rZXktdjE/.test(text))
    return `is a private key, which belongs to its owner alone, and is not shown here; take it out of this file, have its owner make another one, and ${example}`;
  const trimmed = text.trim();
  if (trimmed.includes("\n")) return `has several lines, and a client has one key; ${example}`;
  const [type, blob = ""] = trimmed.split(/\s+/);
  if (!(type in shapes)) return typeProblem(trimmed);
  const fields = fieldsOf(blob);
  if (fields === undefined || !hasShape(type, fields))
    return `is a damaged key of the type ${type}; copy its line again, as a whole: ${example}`;
  if (type === "ssh-rsa" && bitsOf(fields[2]) < leastRsaBits)
    return `is an RSA key of ${bitsOf(fields[2])} bits, and ${leastRsaBits} are needed; make another one: ssh-keygen -t ed25519`;
  return undefined;
}

/** @throws Error when the text was not checked before */
export function sshKey(text: string): SshKey {
  if (sshKeyProblem(text) !== undefined) throw new Error("not a public key of SSH");
  const [type, blob] = text.trim().split(/\s+/);
  const fingerprint = createHash("sha256").update(Buffer.from(blob, "base64")).digest("hex");
  return { line: `${type} ${blob}`, fingerprint };
}

function typeProblem(text: string): string {
  const types = Object.keys(shapes);
  if (text.split(/\s+|(?<=")/).some((word) => types.includes(word)))
    return `has something in front of the key's type: options are the program's own; ${example}`;
  if (/^(ssh|ecdsa|sk|webauthn)-\S+ /.test(text))
    return `is of another type than ${types.join(", ")}; make another one: ssh-keygen -t ed25519`;
  return `is not a public key of SSH; ${example}`;
}

/** Texts that are each preceded by their length; undefined: it is something else. */
function fieldsOf(blob: string): Buffer[] | undefined {
  const bytes = Buffer.from(blob, "base64");
  if (!/^[A-Za-z0-9+/]+=*$/.test(blob) || bytes.toString("base64") !== blob) return undefined;
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function hasShape(type: string, [name, ...fields]: Buffer[]): boolean {
  const shape = shapes[type];
  const fits = (field: Buffer, wanted: string | number) =>
    typeof wanted === "number"
      ? field.length === wanted
      : wanted === "any"
        ? field.length > 0
        : field.toString("latin1") === wanted;
  return (
    name?.toString("latin1") === type &&
    fields.length === shape.length &&
    fields.every((field, index) => fits(field, shape[index]))
  );
}

/** Of a positive number (RFC 4251, mpint). */
function bitsOf(number: Buffer): number {
  return BigInt(`0x${number.toString("hex")}`).toString(2).length;
}
