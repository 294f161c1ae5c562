import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  type Context,
  type Diff,
  hasSecret,
  hasUnknown,
  plain,
  type PropertyMap,
  type ResourceState,
  type ResourceType,
  Secret,
} from "../provider.ts";
import { z } from "zod";
import {
  boolean,
  failuresOf,
  type Fields,
  list,
  object,
  oneOf,
  record,
  string,
  withoutNulls,
} from "../shape.ts";
import { type Exit, failure, Output, shownStreams } from "./output.ts";
import { deadline, givenUp } from "./signal.ts";

/** What both kinds of command take. */
export const commonInputs: Fields = {
  create: string.nullish(),
  update: string.nullish(),
  delete: string.nullish(),
  triggers: list(z.any()).nullish(),
  stdin: string.nullish(),
  logging: oneOf("stdout", "stderr", "stdoutAndStderr", "none").nullish(),
  environment: record(string).nullish(),
  addPreviousOutputInEnv: boolean.nullish(),
};

/** The values of {@link commonInputs} that a run needs. */
export interface CommonInputs {
  stdin?: string;
  logging?: string;
  environment?: Record<string, string>;
  addPreviousOutputInEnv?: boolean;
}

/** One run of a command. */
export interface Run<Inputs> {
  command: string;
  inputs: Inputs;
  /** The resource's environment, and its previous output where that was asked for. */
  environment: Record<string, string>;
  output: Output;
  context: Context;
  /** Aborted when the run must stop. */
  signal: AbortSignal;
}

export type Runner<Inputs> = (run: Run<Inputs>) => Promise<Exit>;

/** A resource that runs a command for each verb; only changed triggers replace it. */
export function commandResource<Inputs extends CommonInputs>(
  fields: Fields,
  prepare: (inputs: PropertyMap) => PropertyMap,
  runner: Runner<Inputs>,
): ResourceType {
  const shape = object(fields);
  return {
    check(news) {
      const inputs = withoutNulls(news);
      const failures = failuresOf(shape, inputs);
      return { inputs: failures.length ? inputs : prepare(inputs), failures };
    },
    diff,
    async create(inputs, context) {
      const outputs = await perform(runner, inputs, "create", { stdout: "", stderr: "" }, context);
      return { id: `${context.name}${randomBytes(4).toString("hex")}`, outputs: { ...inputs, ...outputs } };
    },
    async update(_id, olds, news, context) {
      const verb = news.update === undefined ? "create" : "update";
      const outputs = await perform(runner, news, verb, previous(olds), context);
      return { outputs: { ...news, ...outputs } };
    },
    async delete(_id, olds, context) {
      await perform(runner, olds.outputs, "delete", previous(olds), context);
    },
  };
}

/** Compares the inputs, secrecy included, as the official provider does. */
function diff({ inputs: olds }: ResourceState, news: PropertyMap): Diff {
  const names = Object.keys({ ...olds, ...news }).filter((name) => !name.startsWith("__"));
  const changed = names.filter((name) => {
    const [old, value] = [olds[name] ?? null, news[name] ?? null];
    return (
      hasUnknown(value) || hasSecret(old) !== hasSecret(value) || !isDeepStrictEqual(plain(old), plain(value))
    );
  });
  return { changed, replace: changed.filter((name) => name === "triggers") };
}

type Written = { stdout: string; stderr: string };

function previous({ outputs }: ResourceState): Written {
  return { stdout: text(outputs.stdout), stderr: text(outputs.stderr) };
}

function text(value: PropertyMap[string] | undefined): string {
  const bare = plain(value ?? null);
  return typeof bare === "string" ? bare : "";
}

/** Runs the command of a verb; without one nothing happens and the previous output stays. */
async function perform<Inputs extends CommonInputs>(
  runner: Runner<Inputs>,
  properties: PropertyMap,
  verb: "create" | "update" | "delete",
  before: Written,
  context: Context,
): Promise<Written> {
  if (properties[verb] === undefined) return before;
  const inputs = plain(properties) as unknown as Inputs;
  const command = text(properties[verb]);
  const what = describe(verb, properties);
  const output = new Output(context, shownStreams(inputs.logging));
  const signal = deadline(context);
  const environment = {
    ...inputs.environment,
    ...(inputs.addPreviousOutputInEnv === false ? {} : previousOutput(before)),
  };
  const exit = await runner({ command, inputs, environment, output, context, signal });
  const written = output.end();
  if (signal.aborted) throw new Error(`${what} ${givenUp(signal, context)}`);
  if (exit.code !== 0) throw failure(what, exit, output);
  return written;
}

function previousOutput({ stdout, stderr }: Written): Record<string, string> {
  return {
    ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr && { PULUMI_COMMAND_STDERR: stderr }),
  };
}

/** The command by its verb and the beginning of its text, unless that is a secret. */
function describe(verb: string, properties: PropertyMap): string {
  const command = properties[verb];
  if (command instanceof Secret) return `the ${verb} command`;
  const [line = ""] = text(command).trim().split("\n");
  const short = line.length > 80 ? `${line.slice(0, 79)}…` : line;
  return `the ${verb} command "${short}"`;
}
