import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Problem } from "../validation";
import { limitsSchema } from "../frontDoor/limits";
import type * as Request from "./request";
import { decadeHours } from "./lifetime";
import { generationSchema } from "./rotation";
import { type SshKey, sshKey, sshKeyProblem } from "./sshKey";

/** The client that proves from outside that the daemon answers; nobody else may have its name. */
export const healthClient = "health";

/** Names in the certificates of the health check, which an audit tells from people's and jobs'. */
const reserved = [healthClient, "unlisted", "self-signed"];

const namePattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

const clientSchema = z.strictObject(
  {
    /**
     * Name: becomes the certificate's common name, the name in the front door's log and a folder's name.
     * Lower-case letters, digits, dots, underscores and hyphens, at most 63, a letter or digit first and last.
     * @example "alice"
     */
    name: z
      .string("a client's name, like alice")
      .regex(
        namePattern,
        "a client's name; write lower-case letters, digits, '.', '_' and '-' (at most 63, a letter or digit first and last)",
      ),

    /**
     * Hours for which the certificate is valid, from 1 to 87600 (ten years).
     * @default 8760 (a year)
     * @example 720
     */
    validityHours: z
      .int("a whole number of hours")
      .min(1, `a lifetime; write a whole number of hours from 1 to ${decadeHours}`)
      .max(decadeHours, `a lifetime; write a whole number of hours from 1 to ${decadeHours}`)
      .optional(),

    /**
     * A certificate request (PKCS #10, PEM) of the client's own: text, or the path of a file, relative to the project's
     * folder. The private key then never leaves its owner, and the client bundle has no key.pem. Its common name is the
     * client's name; its key is ECDSA P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits or more.
     * @default none: the program makes a key
     * @example "requests/alice.csr"
     */
    csr: z.string("a certificate request; write its PEM text, or the path of a file").min(1).optional(),

    /**
     * Another number makes a new key and certificate; the former ones are refused from then on. A client with a request
     * gives another request instead.
     * @default 1
     * @example 2
     */
    generation: generationSchema.optional(),

    /** What the client may take of the front door. Default: see each. */
    limits: limitsSchema.optional(),

    /**
     * A public key of SSH, by which the client comes as well: `DOCKER_HOST=ssh://…`. Ed25519, ECDSA, one of a security key
     * (sk-…), or RSA of 3072 bits or more. Another key, or none, ends what the former one has open.
     * @default none: the client comes by its certificate alone
     * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… ana@laptop"
     */
    // Its check is sshKeyProblem: a message of the schema's would show what was given, which may be a private key.
    sshKey: z.custom<string>().optional(),

    /**
     * Whether the client has a certificate. One without has a key of SSH instead.
     * @default true
     */
    certificate: z.boolean("true or false").optional(),
  },
  { error: "a client; write one like {name: alice}" },
);

/** A named person or job that may use the daemon. */
export type ClientArgs = z.input<typeof clientSchema>;

/** A client as sshd and the front door know it. */
export type SshClient = SshKey & Pick<ClientArgs, "name">;

export const clientsSchema = z
  .array(clientSchema, "a list of clients like [{name: alice}]")
  .min(1, "a list with at least one client; write one like [{name: alice}]");

/** What a schema can't say: names that are taken twice, or reserved, and what is wrong with a request. */
export function clientProblems(clients: ClientArgs[], at: string): Problem[] {
  return clients.flatMap((client, index) => [
    ...nameProblems(clients, index, at),
    ...requestProblems(client, `${at}[${index}]`),
    ...sshKeyProblems(clients, index, at),
    ...certificateProblems(client, index, at),
  ]);
}

/** Those that have a certificate. */
export function certified<Client extends Pick<ClientArgs, "certificate">>(clients: Client[]): Client[] {
  return clients.filter(({ certificate = true }) => certificate);
}

/** Those that come by SSH. */
export function bySsh(clients: ClientArgs[]): SshClient[] {
  return clients.flatMap(({ name, sshKey: text }) => (text === undefined ? [] : [{ name, ...sshKey(text) }]));
}

/** The text of a client's request. */
export function requestText(csr: string): string {
  return csr.includes("-----BEGIN ") ? csr : readFileSync(csr, "utf8");
}

function nameProblems(clients: ClientArgs[], index: number, at: string): Problem[] {
  const { name } = clients[index];
  const propertyPath = `${at}[${index}].name`;
  if (reserved.includes(name)) {
    return [{ propertyPath, reason: `"${name}" is reserved for the health check; choose another name` }];
  }
  const first = clients.findIndex((other) => other.name === name);
  return first < index
    ? [{ propertyPath, reason: `"${name}" is the name of ${at}[${first}] as well; choose another name` }]
    : [];
}

function sshKeyProblems(clients: ClientArgs[], index: number, at: string): Problem[] {
  const { sshKey: text } = clients[index];
  if (text === undefined) return [];
  const propertyPath = `${at}[${index}].sshKey`;
  const reason = sshKeyProblem(text);
  if (reason !== undefined) return [{ propertyPath, reason }];
  const { line } = sshKey(text);
  const first = clients.findIndex(
    ({ sshKey: other }) => sshKeyProblem(other) === undefined && sshKey(other!).line === line,
  );
  return first < index
    ? [
        {
          propertyPath,
          reason: `is the key of ${at}[${first}] as well: nobody could tell them apart; give each its own`,
        },
      ]
    : [];
}

function certificateProblems(
  { certificate = true, sshKey: key, csr, generation, validityHours }: ClientArgs,
  index: number,
  at: string,
): Problem[] {
  if (certificate) return [];
  const propertyPath = `${at}[${index}].certificate`;
  if (key === undefined)
    return [
      {
        propertyPath,
        reason: "is false, and there is no sshKey: the client couldn't come in; add one, or remove this",
      },
    ];
  if (index === 0)
    return [
      {
        propertyPath,
        reason:
          "is false, and the first client is the one that the stack's outputs and commands use; put one with a certificate first",
      },
    ];
  const given = Object.entries({ csr, generation, validityHours }).filter(([, value]) => value !== undefined);
  return given.map(([name]) => ({
    propertyPath: `${at}[${index}].${name}`,
    reason: "says nothing of a client without a certificate; remove it",
  }));
}

function requestProblems({ name, csr, generation }: ClientArgs, at: string): Problem[] {
  if (csr === undefined) return [];
  if (generation !== undefined) {
    const reason = "says nothing beside csr: the client makes a new key and gives a new request; remove it";
    return [{ propertyPath: `${at}.generation`, reason }];
  }
  // Loading ASN.1 costs time that a stack without requests need not spend.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { requestProblem } = require("./request") as typeof Request;
  const reason = unreadable(csr) ?? requestProblem(requestText(csr), name);
  return reason === undefined ? [] : [{ propertyPath: `${at}.csr`, reason }];
}

function unreadable(csr: string): string | undefined {
  try {
    requestText(csr);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `"${csr}" can't be read (${code}); write the path of a PEM file, relative to the project's folder, or its text`;
  }
}
