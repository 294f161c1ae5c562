import { UserError, messageOf } from "../errors.ts";
import type { Crypter } from "../state/secrets.ts";
import type { Project } from "./project.ts";

/** A stack's configuration as the program gets it. */
export interface ProgramConfig {
  /** By full key; a structured value is JSON. */
  values: Record<string, string>;
  /** Full keys of those that are, or hold, a secret. */
  secretKeys: string[];
}

/** One line of `config`. */
export interface ConfigEntry {
  key: string;
  value: string;
  secret: boolean;
  /** The value is JSON of a list or map. */
  object: boolean;
}

/** `name` -> `project:name`; `namespace:name` stays. */
export function fullKey(key: string, project: Project): string {
  return key.includes(":") ? key : `${project.name}:${key}`;
}

export function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (typeof value !== "object" || value === null) return false;
  return isSecure(value) || Object.values(value).some(holdsSecret);
}

/** The stack's values over the project's; `open` decrypts, or masks. */
export function configEntries(
  project: Project,
  stackConfig: Record<string, unknown>,
  open: (ciphertext: string, key: string) => string,
): ConfigEntry[] {
  const merged = new Map<string, unknown>();
  for (const [key, value] of Object.entries(project.config)) merged.set(fullKey(key, project), value);
  for (const [key, value] of Object.entries(stackConfig)) merged.set(fullKey(key, project), value);
  return [...merged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => {
      const opened = reveal(value, (ciphertext) => open(ciphertext, key));
      const object = typeof opened === "object" && opened !== null;
      return {
        key,
        value: object ? goJson(opened) : scalar(opened),
        secret: holdsSecret(value),
        object,
      };
    });
}

export function programConfig(
  project: Project,
  stackConfig: Record<string, unknown>,
  crypter: Crypter | undefined,
): ProgramConfig {
  const entries = configEntries(project, stackConfig, (ciphertext, key) => {
    try {
      if (crypter) return crypter.decrypt(ciphertext);
    } catch (error) {
      throw new UserError(
        `${key}: the encrypted value can't be read: ${messageOf(error)}; set it again with --secret`,
      );
    }
    throw new UserError(
      `${key}: there is an encrypted value but no encryptionsalt; set it again with --secret`,
    );
  });
  return {
    values: Object.fromEntries(entries.map(({ key, value }) => [key, value])),
    secretKeys: entries.filter((entry) => entry.secret).map((entry) => entry.key),
  };
}

/** JSON as Go writes it, keys sorted and safe within HTML: a program, and what it hands on, sees no other engine. */
function goJson(value: unknown): string {
  const sorted = (_key: string, inner: unknown): unknown =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        )
      : inner;
  const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, sorted).replace(/[<>&\u2028\u2029]/g, escaped);
}

function isSecure(value: object): value is { secure: string } {
  const keys = Object.keys(value);
  return (
    keys.length === 1 && keys[0] === "secure" && typeof (value as { secure: unknown }).secure === "string"
  );
}

function reveal(value: unknown, open: (ciphertext: string) => string): unknown {
  if (Array.isArray(value)) return value.map((v) => reveal(v, open));
  if (typeof value !== "object" || value === null) return value;
  if (isSecure(value)) return open(value.secure);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, reveal(v, open)]));
}

function scalar(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
