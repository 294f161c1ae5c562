import { InputPropertiesError } from "@pulumi/pulumi";
import { z } from "zod";

/** One thing wrong with an argument: where it is, and a sentence with the value and the remedy. */
export interface Problem {
  /** Place inside the arguments, e.g. `local.cpus` or `clients[1].name`. */
  propertyPath: string;
  /** e.g. `0 is not a number of processors; write a whole number from 1 to 64`. */
  reason: string;
}

/**
 * Holds a value against a schema and says what is wrong in the words of a user.
 *
 * @param schema what is allowed; its `error` texts say what would be right ("a whole number from 1 to 64")
 * @param value what was given
 * @param at place of the value inside the arguments, empty for the arguments themselves
 * @returns the problems, none when the value is fine
 * @example problems(localMachineSchema, { cpus: 0 }, "local")
 */
export function problems(schema: z.ZodType, value: unknown, at = ""): Problem[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    const path = [...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        propertyPath: join(at, [...path, key]),
        reason: `there is no such key; remove it${knownKeys(schema, path)}`,
      }));
    }
    const found = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value);
    const reason =
      found === undefined ? `is missing; write ${issue.message}` : `${show(found)} is not ${issue.message}`;
    return [{ propertyPath: join(at, path), reason }];
  });
}

/**
 * An optional whole number within bounds, both included.
 *
 * @param what completes "… is not", e.g. `a TCP port`
 */
export function whole(what: string, from: number, to: number) {
  const error = `${what}; write a whole number from ${from} to ${to}`;
  return z.number({ error }).int({ error }).min(from, { error }).max(to, { error }).optional();
}

/**
 * Ends with an error that names every problem, or does nothing when there is none.
 *
 * @throws InputPropertiesError, whose text has a line for each problem
 */
export function refuse(found: Problem[]): void {
  if (found.length === 0) return;
  const message = found.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`).join("\n");
  throw new InputPropertiesError({ message, errors: found });
}

function join(at: string, path: PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, at);
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function knownKeys(schema: z.ZodType, path: PropertyKey[]): string {
  let inner = unwrap(schema);
  for (const key of path) {
    const definition = inner?.def as
      { shape?: Record<PropertyKey, z.ZodType>; element?: z.ZodType } | undefined;
    inner = unwrap(typeof key === "number" ? definition?.element : definition?.shape?.[key]);
  }
  const shape = (inner?.def as { shape?: object } | undefined)?.shape;
  return shape === undefined ? "" : `, or write one of ${Object.keys(shape).join(", ")}`;
}

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  const wrapped = (schema?.def as { innerType?: z.ZodType } | undefined)?.innerType;
  return wrapped === undefined ? schema : unwrap(wrapped);
}
