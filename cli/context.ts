// npm run context [-- CLIENT] [--use | --remove]: a docker context for a client's bundle.
import { basename, join } from "node:path";
import { readArguments } from "./context/arguments.ts";
import {
  type Context,
  contextsNamed,
  descriptionOf,
  docker,
  isMarked,
  readIfThere,
} from "./context/docker.ts";
import { bundleFolder, type ClientEnvironment, clientEnvironment, contextName } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { command, UserError } from "./shared/userError.ts";

await command(async () => {
  const { client, stack, use, remove, refresh, json } = readArguments(process.argv);
  const outputs = await stackOutputs(stack);
  const description = descriptionOf(stack, outputs);
  if (refresh) return refreshed(stack, outputs, description);
  const environment = clientEnvironment(stack, outputs, client);
  const name = contextName(stack, basename(environment.DOCKER_CERT_PATH));
  const tell = (state: string, text: string) => say(json ? JSON.stringify({ context: name, state }) : text);
  const there = (await contextsNamed(name)).find((one) => one.name === name);
  if (there !== undefined) refuseStrangers(there, environment, description);
  if (remove) {
    if (there === undefined) return tell("missing", `there is no context ${name}`);
    await docker("context", "rm", name);
    return tell("removed", `the context ${name} is gone`);
  }
  await write(name, bundleFolder(stack, environment), environment, description, there !== undefined);
  if (use) await docker("context", "use", name);
  const state = there === undefined ? "made" : "updated";
  tell(state, `the context ${name} is ${there ? "up to date" : "there"}: docker --context ${name} version`);
  if (process.env.DOCKER_HOST && use && !json)
    say("DOCKER_HOST goes before every context: unset DOCKER_HOST");
});

/** Brings up to date what this stack has made, where its certificate or its address is another one by now. */
async function refreshed(
  stack: string,
  outputs: Record<string, unknown>,
  description: string,
): Promise<void> {
  const all = await contextsNamed(contextName(stack, ""));
  for (const client of Object.keys(outputs.clients ?? {})) {
    const name = contextName(stack, client);
    const context = all.find((one) => one.name === name);
    if (context === undefined || !isMarked(context, description)) continue;
    const environment = clientEnvironment(stack, outputs, client);
    const folder = bundleFolder(stack, environment);
    const holds = readIfThere(join(folder, "cert.pem")) === context.certificate;
    if (holds && context.host === environment.DOCKER_HOST) continue;
    await write(name, folder, environment, description, true);
    say(`The docker context ${name} has the new certificate`);
  }
}

/** @throws UserError when the context is somebody else's. One of an earlier version has no mark, but the address. */
function refuseStrangers(context: Context, { DOCKER_HOST }: ClientEnvironment, description: string): void {
  if (isMarked(context, description)) return;
  if (context.description === "" && context.host === DOCKER_HOST) return;
  throw new UserError(
    `there is a context ${context.name} that this stack hasn't made (${context.description || "no description"}, ` +
      `${context.host ?? "no host"}); nothing was changed. Rename it, or remove it: docker context rm ${context.name}`,
  );
}

async function write(
  name: string,
  folder: string,
  { DOCKER_HOST }: ClientEnvironment,
  description: string,
  exists: boolean,
): Promise<void> {
  const files = ["ca", "cert", "key"].map((file) => `${file}=${join(folder, `${file}.pem`)}`);
  const endpoint = [`host=${DOCKER_HOST}`, ...files].map(csvField).join(",");
  const verb = exists ? "update" : "create";
  await docker("context", verb, name, "--description", description, "--docker", endpoint);
}

/** docker reads the endpoint as a line of CSV. */
function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
