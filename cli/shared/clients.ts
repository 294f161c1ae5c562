import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { UserError } from "./userError.ts";

/** What a client sets to reach the daemon. */
export interface ClientEnvironment {
  DOCKER_HOST: string;
  DOCKER_CERT_PATH: string;
  DOCKER_TLS_VERIFY: string;
}

/**
 * A client's environment out of a stack's outputs.
 *
 * @param client the client's name; without one the stack's first client
 * @throws UserError when the stack isn't up, or has no such client
 */
export function clientEnvironment(
  stack: string,
  outputs: Record<string, unknown>,
  client?: string,
): ClientEnvironment {
  if (typeof outputs.DOCKER_HOST !== "string") throw new UserError(notUp(stack));
  const { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = chosen(stack, outputs, client);
  if (DOCKER_CERT_PATH === undefined || DOCKER_TLS_VERIFY === undefined)
    throw new UserError(
      `${client} comes by SSH alone, with a key of their own: DOCKER_HOST is ${DOCKER_HOST}, and what else they need is shown by: npm run bundle -- ${client} --instructions`,
    );
  return { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY };
}

/**
 * A client's bundle on this computer. The stack may have been brought up by somebody else, or elsewhere: the place is the
 * same in everybody's home.
 *
 * @throws UserError when it isn't there
 */
export function bundleFolder(stack: string, { DOCKER_CERT_PATH }: ClientEnvironment): string {
  const client = basename(DOCKER_CERT_PATH);
  const folder = join(homedir(), ".docker", "remote", shortName(stack), client);
  const found = [folder, DOCKER_CERT_PATH].find((place) => existsSync(join(place, "cert.pem")));
  if (found !== undefined) return found;
  const option = stack === "dev" ? "" : ` --stack ${stack}`;
  throw new UserError(
    `the bundle of ${client} isn't on this computer; write it to ${folder} with: npm run bundle -- ${client}${option}`,
  );
}

/** What to say about a stack that isn't there, or has nothing in it. */
export function notUp(stack: string): string {
  const option = stack === "dev" ? "" : ` -- --stack ${stack}`;
  return `the stack ${stack} isn't up; bring it up first: npm run up${option}`;
}

/** One without a certificate has no more than DOCKER_HOST. */
type ClientOutput = Pick<ClientEnvironment, "DOCKER_HOST"> & Partial<ClientEnvironment>;

function chosen(stack: string, outputs: Record<string, unknown>, client?: string): ClientOutput {
  if (client === undefined) return outputs as unknown as ClientOutput;
  const clients = (outputs.clients ?? {}) as Record<string, ClientOutput>;
  if (Object.hasOwn(clients, client)) return clients[client];
  throw new UserError(noSuchClient(stack, client, Object.keys(clients)));
}

/** What to say about a client that a stack doesn't have. */
export function noSuchClient(stack: string, client: string, there: string[]): string {
  return (
    `the stack ${stack} has no client ${JSON.stringify(client)}; it has: ${there.join(", ")}. ` +
    `Add it to remote-docker:clients in Pulumi.${shortName(stack)}.yaml and run npm run up`
  );
}

/** A client's docker context, e.g. `remote-dev-alice`. */
export function contextName(stack: string, client: string): string {
  return `remote-${shortName(stack)}-${client}`;
}

/** A stack's own name, without organization and project. */
export function shortName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}
