import { Command, Option } from "commander";
import { UserError } from "./userError.ts";

/** What a command is called by: in the checkout by npm, else by npx. */
export function invocation(name: string): string {
  return process.env.REMOTE_DOCKER_INSTALLED ? `npx remote-docker ${name}` : `npm run ${name} --`;
}

/**
 * A command line that refuses what it doesn't know, naming what is nearest.
 *
 * @param examples what goes after the command's name, and what it does
 */
export function commandLine(name: string, description: string, examples: [string, string][]): Command {
  const calls = examples.map(([words, does]): [string, string] => [`${invocation(name)} ${words}`, does]);
  const width = Math.max(...calls.map(([call]) => call.trimEnd().length));
  const lines = calls.map(([call, does]) => `  ${call.trimEnd().padEnd(width)}   ${does}`);
  return new Command(invocation(name))
    .description(description)
    .showHelpAfterError("--help shows what there is.")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** The environment's, else the one that is selected where the package is installed, else `dev`. */
export function defaultStack(): string {
  return process.env.PULUMI_STACK || process.env.REMOTE_DOCKER_STACK || "dev";
}

/** The stack that a command of the operator's is about. */
export function stackOption(): Option {
  return new Option("-s, --stack <name>", "the stack").default(defaultStack());
}

/** The stack of a command that takes the shell's daemon where nothing is asked for. */
export function stackOrShellOption(): Option {
  return new Option(
    "-s, --stack <name>",
    `the stack (default: DOCKER_HOST's daemon, else ${defaultStack()})`,
  ).env("PULUMI_STACK");
}

/**
 * The client that a command line names, as its first argument or by `--client`.
 *
 * @throws UserError when it names two
 */
export function clientOf(program: Command): string | undefined {
  const [first] = program.args;
  const { client } = program.opts<{ client?: string }>();
  if (first !== undefined && client !== undefined && first !== client)
    throw new UserError(`${first} or --client ${client}: name one client`);
  return first ?? client;
}
