import { Command } from "commander";

import { toJson } from "../display/values.ts";
import { UserError } from "../errors.ts";
import type { PropertyMap } from "../providers/provider.ts";
import type { Json } from "../state/file.ts";
import { STACK_TYPE } from "../state/urn.ts";
import { ValueCodec } from "../state/values.ts";
import { stackOption } from "./options.ts";
import { Keys, openStack, readState, stateSalt } from "./session.ts";

interface OutputOptions {
  stack?: string;
  json: boolean;
  shell: boolean;
  showSecrets: boolean;
}

export function outputCommand(): Command {
  return stackOption(new Command("output").argument("[name]"))
    .description("Show a stack's outputs")
    .option("-j, --json", "as JSON", false)
    .option("--shell", "as a shell script of variable assignments", false)
    .option("--show-secrets", "show secrets in the clear", false)
    .action((name: string | undefined, _options: object, command: Command) =>
      output(name, command.optsWithGlobals()),
    );
}

async function output(name: string | undefined, options: OutputOptions): Promise<void> {
  if (options.json && options.shell) throw new UserError("only one of --json and --shell may be set");
  const outputs = await read(options);
  if (name !== undefined) return printOne(name, outputs, options);
  const values = Object.fromEntries(
    Object.keys(outputs)
      .sort()
      .map((key) => [key, toJson(outputs[key] ?? null, options.showSecrets)]),
  );
  if (options.json) return print(JSON.stringify(values, undefined, 2));
  if (options.shell)
    return Object.entries(values).forEach(([key, value]) => print(`${key}=${quote(text(value))}`));
  const width = Math.max(6, ...Object.keys(values).map((key) => key.length));
  print(`Current stack outputs (${Object.keys(values).length}):`);
  if (Object.keys(values).length === 0) return print("    No output values currently in this stack");
  print(`    ${"OUTPUT".padEnd(width)}  VALUE`);
  for (const [key, value] of Object.entries(values)) print(`    ${key.padEnd(width)}  ${text(value)}`);
}

function printOne(name: string, outputs: PropertyMap, options: OutputOptions): void {
  const value = outputs[name];
  if (value === undefined) throw new UserError(`current stack does not have output property '${name}'`);
  const json = toJson(value, options.showSecrets);
  if (options.json) print(JSON.stringify(json, undefined, 2));
  else if (options.shell) print(`${name}=${quote(text(json))}`);
  else print(text(json));
}

/** The stack's outputs; the passphrase is only needed to show secrets. */
async function read(options: OutputOptions): Promise<PropertyMap> {
  const { backend, stack } = openStack(options.stack);
  const checkpoint = await readState({ backend, stack });
  const salt = stateSalt(checkpoint);
  const crypter = options.showSecrets && salt ? await new Keys().open(salt) : undefined;
  const root = checkpoint.checkpoint.latest?.resources?.find((resource) => resource.type === STACK_TYPE);
  return new ValueCodec(crypter).decodeMap(root?.outputs, "outputs");
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** In single quotes where the shell would take anything in it as special. */
function quote(value: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
