// npm run context [-- CLIENT] [--use | --remove]: a docker context for a client's bundle.
import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { Command, Option } from "commander";
import { bundleFolder, clientEnvironment, contextName } from "./shared/clients.ts";
import { stackOutputs } from "./shared/engine.ts";
import { command, UserError } from "./shared/userError.ts";

interface Options {
  stack: string;
  use: boolean;
  remove: boolean;
}

await command(async () => {
  const program = commandLine().parse(process.argv);
  const { stack, use, remove } = program.opts<Options>();
  const environment = clientEnvironment(stack, await stackOutputs(stack), program.args.at(0));
  const name = contextName(stack, basename(environment.DOCKER_CERT_PATH));
  const exists = (await docker("context", "ls", "--format", "{{.Name}}")).split("\n").includes(name);
  if (remove) {
    if (exists) await docker("context", "rm", name);
    return say(exists ? `the context ${name} is gone` : `there is no context ${name}`);
  }
  const folder = bundleFolder(stack, environment);
  const files = ["ca", "cert", "key"].map((file) => `${file}=${join(folder, `${file}.pem`)}`);
  const endpoint = [`host=${environment.DOCKER_HOST}`, ...files].map(csvField).join(",");
  await docker("context", exists ? "update" : "create", name, "--docker", endpoint);
  if (use) await docker("context", "use", name);
  say(`the context ${name} is ${exists ? "up to date" : "there"}: docker --context ${name} version`);
  if (process.env.DOCKER_HOST && use) say("DOCKER_HOST goes before every context: unset DOCKER_HOST");
});

function commandLine(): Command {
  return new Command("npm run context --")
    .description("Makes a docker context for a client, or brings it up to date after a renewal.")
    .argument("[client]", "whose (default: the stack's first client)")
    .addOption(
      new Option("-s, --stack <name>", "the stack").default(process.env.PULUMI_STACK || "dev", "dev"),
    )
    .option("--use", "make it the one that docker takes by itself", false)
    .addOption(new Option("--remove", "remove it").default(false).conflicts("use"));
}

/** docker reads the endpoint as a line of CSV. */
function csvField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function docker(...args: string[]): Promise<string> {
  const folder = process.env.REMOTE_DOCKER_CLIENT_FOLDER;
  const PATH = folder ? `${folder}:${process.env.PATH}` : process.env.PATH;
  // One that is gone would be asked first.
  const env = { ...process.env, PATH, DOCKER_CONTEXT: "" };
  try {
    return (await promisify(execFile)("docker", args, { env })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT")
      throw new UserError("there is no docker client; install it (Debian 13: docker-cli)");
    throw new UserError(stderr?.trim() || message);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
