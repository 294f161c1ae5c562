import { z } from "zod";
import type { Problem } from "../validation";

/** The roots that are trusted, and which of them signs what. */
export interface Roots {
  /** Generations of all that are trusted, the oldest first: one, or two while a rotation is under way. */
  trusted: number[];
  /** The one that signs the server's certificate. */
  server: number;
  /** The one that signs clients' certificates. */
  clients: number;
}

const generation = "a generation; write a whole number, 1 or more";
const root = 'a root, like 1, or two roots that follow one another, like "1+2"';

export const generationSchema = z.int(generation).min(1, generation).max(1_000_000, generation);

export const rotationSchema = z.strictObject(
  {
    /**
     * Generation of the server's key: another number makes a new key and certificate. Nobody notices.
     * @default 1
     * @example 2
     */
    server: generationSchema.optional(),
    /**
     * Generation of the inner pair, by which the front door and dockerd know each other, and of its issuer. dockerd reads
     * its certificate at its start only, so a change restarts it.
     * @default 1
     * @example 2
     */
    inner: generationSchema.optional(),
    /**
     * The trusted roots. `1` is the first one. `1+2` is the first phase of a change: everybody trusts both, clients get
     * certificates of root 2, and their former ones go on working. `2` is the second phase: the server changes over, and
     * root 1 is dropped. The second phase is refused as long as somebody has not used the new certificate yet.
     * @default "1"
     * @example "1+2"
     */
    root: z
      .union([z.number(), z.string()], root)
      .refine((value) => parse(value) !== undefined, root)
      .optional(),
    /**
     * Clients that a root may be dropped without having waited for.
     * @default []
     * @example ["bob"]
     */
    leaveBehind: z.array(z.string("a client's name"), "a list of clients' names, like [bob]").optional(),
  },
  "what is to be rotated; write it like {root: 1+2}",
);

/**
 * Which generation of each key is in use. Another number makes a new key; nothing here goes back by itself.
 */
export type RotationArgs = z.input<typeof rotationSchema>;

/** What a schema can't say: somebody who is to be left behind, but isn't there. */
export function rotationProblems(
  { leaveBehind = [] }: RotationArgs,
  clients: { name: string }[],
  at: string,
): Problem[] {
  const names = clients.map(({ name }) => name);
  return leaveBehind.flatMap((name, index) =>
    names.includes(name)
      ? []
      : [
          {
            propertyPath: `${at}.leaveBehind[${index}]`,
            reason: `"${name}" is not the name of a client; remove it, or write one of ${names.join(", ")}`,
          },
        ],
  );
}

/** @throws Error when the text was not checked before */
export function rootsOf({ root: value = 1 }: RotationArgs): Roots {
  const trusted = parse(value);
  if (trusted === undefined) throw new Error(`${value} is not ${root}`);
  return { trusted, server: trusted[0], clients: trusted[trusted.length - 1] };
}

function parse(value: string | number): number[] | undefined {
  const match = /^([1-9]\d{0,5})(?:\+([1-9]\d{0,5}))?$/.exec(String(value).replaceAll(" ", ""));
  if (match === null) return undefined;
  const [first, second] = [Number(match[1]), match[2] && Number(match[2])];
  if (!second) return [first];
  return second === first + 1 ? [first, second] : undefined;
}
