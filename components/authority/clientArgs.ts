import { z } from "zod";
import type { Problem } from "../validation";
import type { Lifetime } from "./identity";

/** A named person or job that may use the daemon. */
export interface ClientArgs {
  /**
   * Name: becomes the certificate's common name, the name in the front door's log and a folder's name.
   * Lower-case letters, digits, dots, underscores and hyphens, at most 63, a letter or digit first and last.
   * @example "alice"
   */
  name: string;
  /**
   * Hours for which the certificate is valid, from 1 to 87600 (ten years).
   * @default 8760 (a year)
   * @example 720
   */
  validityHours?: number;
}

/** The client that proves from outside that the daemon answers; nobody else may have its name. */
export const healthClient = "health";

/** Hours in a year and in ten: the usual lifetimes of leaves and of roots. */
export const yearHours = 8760;
export const decadeHours = 10 * yearHours;

const monthHours = 720;

const namePattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

export const clientsSchema = z
  .array(
    z.strictObject(
      {
        name: z
          .string("a client's name, like alice")
          .regex(
            namePattern,
            "a client's name; write lower-case letters, digits, '.', '_' and '-' (at most 63, a letter or digit first and last)",
          ),
        validityHours: z
          .int("a whole number of hours")
          .min(1, `a lifetime; write a whole number of hours from 1 to ${decadeHours}`)
          .max(decadeHours, `a lifetime; write a whole number of hours from 1 to ${decadeHours}`)
          .optional(),
      },
      { error: "a client; write one like {name: alice}" },
    ),
    "a list of clients like [{name: alice}]",
  )
  .min(1, "a list with at least one client; write one like [{name: alice}]");

/** What a schema can't say: names that are taken twice, or reserved. */
export function clientNameProblems(clients: ClientArgs[], at: string): Problem[] {
  return clients.flatMap(({ name }, index) => {
    const propertyPath = `${at}[${index}].name`;
    if (name === healthClient) {
      return [{ propertyPath, reason: `"${name}" is reserved for the health check; choose another name` }];
    }
    const first = clients.findIndex((other) => other.name === name);
    return first < index
      ? [{ propertyPath, reason: `"${name}" is the name of ${at}[${first}] as well; choose another name` }]
      : [];
  });
}

/** Renews a month before the end, or in the last third of a life that is shorter than three months. */
export function lifetime(validityHours = yearHours): Lifetime {
  return { validityHours, earlyRenewalHours: Math.min(monthHours, Math.floor(validityHours / 3)) };
}
