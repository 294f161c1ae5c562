import { bundleFolder, type ClientEnvironment, clientEnvironment } from "./clients.ts";
import { stackOutputs } from "./engine.ts";

/**
 * The daemon that a command is about: the one of this shell, where neither client nor stack is asked for; else of a
 * stack, by default `dev`.
 *
 * @throws UserError when the stack isn't up, has no such client, or the client's bundle isn't here
 */
export async function chosenEnvironment(
  client?: string,
  stack?: string,
): Promise<Omit<ClientEnvironment, "DOCKER_TLS_VERIFY">> {
  const { DOCKER_HOST, DOCKER_CERT_PATH } = process.env;
  if (client === undefined && stack === undefined && DOCKER_HOST && DOCKER_CERT_PATH)
    return { DOCKER_HOST, DOCKER_CERT_PATH };
  const name = stack ?? "dev";
  const environment = clientEnvironment(name, await stackOutputs(name), client);
  return { ...environment, DOCKER_CERT_PATH: bundleFolder(name, environment) };
}
