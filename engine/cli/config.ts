import { readFileSync } from "node:fs";

import { Command } from "commander";

import { MASK } from "../state/values.ts";
import { UserError } from "../errors.ts";
import type { ConfigEntry } from "../program/config.ts";
import { configEntries, fullKey, holdsSecret } from "../program/config.ts";
import { parsePath } from "../steps/propertyPath.ts";
import { stackOption } from "./options.ts";
import type { StackSession } from "./session.ts";
import { Keys, openStack, readState, stateKey } from "./session.ts";

interface ConfigOptions {
  stack?: string;
  path?: boolean;
  secret?: boolean;
  showSecrets?: boolean;
}

export function configCommand(): Command {
  return stackOption(new Command("config"))
    .description("Manage a stack's configuration; alone: list it")
    .option("--show-secrets", "show secrets in the clear")
    .action((_options: object, command: Command) => list(command.optsWithGlobals()))
    .addCommand(
      stackOption(new Command("get").argument("<key>"))
        .description("Print one value; a secret too")
        .option("--path", "the key is a path to a part: name.list[0]")
        .action((key: string, _options: object, command: Command) => get(key, command.optsWithGlobals())),
    )
    .addCommand(
      stackOption(new Command("set").argument("<key>").argument("[value]"))
        .description("Set a value; without one it is read from standard input")
        .option("--path", "the key is a path to a part: name.list[0]")
        .option("--secret", "encrypt it")
        .action((key: string, value: string | undefined, _options: object, command: Command) =>
          set(key, value, command.optsWithGlobals()),
        ),
    )
    .addCommand(
      stackOption(new Command("rm").argument("<key>"))
        .description("Remove a value")
        .option("--path", "the key is a path to a part: name.list[0]")
        .action((key: string, _options: object, command: Command) => remove(key, command.optsWithGlobals())),
    );
}

async function entries(
  session: StackSession,
  show: (entry: { key: string }) => boolean,
): Promise<ConfigEntry[]> {
  const config = session.file.config;
  const salt = session.file.salt;
  const wanted = Object.entries(config).some(
    ([key, value]) => holdsSecret(value) && show({ key: fullKey(key, session.project) }),
  );
  const crypter = wanted && salt ? await new Keys().open(salt) : undefined;
  return configEntries(session.project, config, (ciphertext, key) =>
    crypter && show({ key }) ? crypter.decrypt(ciphertext) : MASK,
  );
}

async function list(options: ConfigOptions): Promise<void> {
  const session = openStack(options.stack);
  const all = await entries(session, () => options.showSecrets ?? false);
  const rows = all.map(({ key, value, secret }) => [
    shortKey(key, session),
    secret && !options.showSecrets ? MASK : value,
  ]);
  const width = Math.max(3, ...rows.map(([key]) => key?.length ?? 0));
  print(`${"KEY".padEnd(width)}  VALUE`);
  for (const [key, value] of rows) print(`${key?.padEnd(width)}  ${value}`);
}

async function get(key: string, options: ConfigOptions): Promise<void> {
  const session = openStack(options.stack);
  const [name, ...path] = options.path ? parsePath(key) : [key];
  const full = fullKey(String(name), session.project);
  const entry = (await entries(session, (other) => other.key === full)).find((other) => other.key === full);
  if (!entry) throw new UserError(`configuration key '${key}' not found for stack '${session.stack}'`);
  const part = path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    structured(entry),
  );
  if (part === undefined)
    throw new UserError(`configuration key '${key}' not found for stack '${session.stack}'`);
  print(typeof part === "string" ? part : JSON.stringify(part));
}

function structured({ value, object }: ConfigEntry): unknown {
  return object ? JSON.parse(value) : value;
}

async function set(key: string, given: string | undefined, options: ConfigOptions): Promise<void> {
  const session = openStack(options.stack);
  const value = given ?? readFileSync(0, "utf8").replace(/\n$/, "");
  const path = location(key, options, session);
  if (options.secret) {
    const crypter = await stateKey(session, new Keys(), await readState(session));
    session.file.setConfig(path, { secure: crypter.encrypt(value) });
  } else {
    session.file.setConfig(path, options.path ? typed(value) : value);
  }
  await session.file.save();
}

async function remove(key: string, options: ConfigOptions): Promise<void> {
  const session = openStack(options.stack);
  session.file.removeConfig(location(key, options, session));
  await session.file.save();
}

function location(key: string, options: ConfigOptions, session: StackSession): (string | number)[] {
  const [name, ...path] = options.path ? parsePath(key) : [key];
  return [fullKey(String(name), session.project), ...path];
}

/** With --path the official CLI keeps numbers and booleans as such. */
function typed(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  return /^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function shortKey(key: string, { project }: StackSession): string {
  return key.startsWith(`${project.name}:`) ? key.slice(project.name.length + 1) : key;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
