import { bundleFolder, type ClientEnvironment, clientEnvironment } from "./clients.ts";
import { defaultStack } from "./commandLine.ts";
import { stackOutputs } from "./engine.ts";

/** How a daemon is reached, and from where that is known. */
export interface ChosenEnvironment extends Omit<ClientEnvironment, "DOCKER_TLS_VERIFY"> {
  /** Missing: from this shell's environment. */
  from?: { stack: string; outputs: Record<string, unknown> };
}

/**
 * The daemon that a command is about: the one of this shell, where neither client nor stack is asked for; else of a
 * stack, by default `dev`.
 *
 * @throws UserError when the stack isn't up, has no such client, or the client's bundle isn't here
 */
export async function chosenEnvironment(client?: string, stack?: string): Promise<ChosenEnvironment> {
  const { DOCKER_HOST, DOCKER_CERT_PATH } = process.env;
  if (client === undefined && stack === undefined && DOCKER_HOST && DOCKER_CERT_PATH)
    return { DOCKER_HOST, DOCKER_CERT_PATH };
  const name = stack ?? defaultStack();
  const outputs = await stackOutputs(name);
  const environment = clientEnvironment(name, outputs, client);
  return {
    ...environment,
    DOCKER_CERT_PATH: bundleFolder(name, environment),
    from: { stack: name, outputs },
  };
}
