import { z } from "zod";

/** Clients' limits by their names. */
export type Limits = Record<string, ClientLimits>;

const number = "a number of connections; write a whole number, 1 or more";

export const limitsSchema = z.strictObject(
  {
    /**
     * Connections at once, those of all of the client's certificates together. A `docker run` or `docker build` needs
     * several. One more is refused until another ends. Those that stand when the front door gets a new process, as it
     * does for a new certificate of its own, are not counted from then on.
     * @default no limit
     * @example 50
     */
    connections: z.int(number).min(1, number).optional(),

    /**
     * New connections in a minute. More are refused until the minute, a sliding one, has room again; refused ones don't
     * count.
     * @default no limit
     * @example 600
     */
    connectionsPerMinute: z.int(number).min(1, number).optional(),
  },
  "a client's limits; write them like {connections: 50}",
);

/** What a client may take of the front door. Another limit disturbs no connection. */
export type ClientLimits = z.input<typeof limitsSchema>;

/** One of the limits, as a map file of HAProxy: a client's name and a number. */
export function limitsMap(limits: Limits, which: keyof ClientLimits): string {
  return Object.keys(limits)
    .sort()
    .flatMap((name) => (limits[name][which] === undefined ? [] : `${name} ${limits[name][which]}\n`))
    .join("");
}
