import { UserError } from "../errors.ts";
import { cipherFor } from "../state/passphrase.ts";
import type { Project } from "./project.ts";
import type { StackFile } from "./stackFile.ts";

/** What the program sees of the configuration: every value as text, structured ones as JSON. */
export interface Configuration {
  values: Record<string, string>;
  secretKeys: string[];
}

/**
 * A value of the configuration: `secure` ones, at any depth, decrypted.
 * Source: sdk/go/common/resource/config/{value,object}.go in github.com/pulumi/pulumi.
 */
export interface Entry {
  value: string;
  secret: boolean;
  object: boolean;
}

export async function readConfiguration(project: Project, file: StackFile): Promise<Configuration> {
  const entries = await readEntries(project, file);
  return {
    values: Object.fromEntries(Object.entries(entries).map(([key, { value }]) => [key, value])),
    secretKeys: Object.keys(entries).filter((key) => entries[key].secret),
  };
}

export async function readEntries(project: Project, file: StackFile): Promise<Record<string, Entry>> {
  const raw = { ...projectDefaults(project), ...file.config };
  const names = Object.keys(raw).sort();
  const entries = await Promise.all(names.map(async (key) => [key, await entry(raw[key], file)] as const));
  return Object.fromEntries(entries);
}

export function isSecure(value: unknown): value is { secure: string } {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

async function entry(value: unknown, file: StackFile): Promise<Entry> {
  const found = { secret: false };
  const opened = await open(value, file, found);
  const object = typeof opened === "object" && opened !== null;
  return { value: object ? JSON.stringify(opened) : String(opened ?? ""), secret: found.secret, object };
}

async function open(value: unknown, file: StackFile, found: { secret: boolean }): Promise<unknown> {
  if (isSecure(value)) {
    found.secret = true;
    if (file.salt === undefined) {
      throw new UserError(`${file.file}: holds a secure value but no encryptionsalt; put the line back that came with it`);
    }
    return (await cipherFor(file.salt)).decrypt(value.secure);
  }
  if (Array.isArray(value)) return Promise.all(value.map((element) => open(element, file, found)));
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await open(value[name], file, found)] as const)),
  );
}

/** Pulumi.yaml's `config`: a value, or `{value}` or `{default}`. */
function projectDefaults({ name, config }: Project): Record<string, unknown> {
  const defaults = Object.entries(config).flatMap(([key, declared]) => {
    const value = isRecord(declared) ? (declared.value ?? declared.default) : declared;
    return value === undefined ? [] : [[key.includes(":") ? key : `${name}:${key}`, value] as const];
  });
  return Object.fromEntries(defaults);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
