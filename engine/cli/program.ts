import { Command } from "commander";

import { UserError, messageOf } from "../errors.ts";
import { cancelCommand } from "./cancel.ts";
import { configCommand } from "./config.ts";
import { destroyCommand } from "./destroy.ts";
import { previewCommand } from "./preview.ts";
import { refreshCommand } from "./refresh.ts";
import { stackCommand } from "./stack.ts";
import { stateCommand } from "./state.ts";
import { upCommand } from "./up.ts";
import { versionCommand } from "./version.ts";

/** The command line: the official CLI's, as far as this engine goes. Resolves with the exit code. */
export async function main(args: string[]): Promise<number> {
  const program = new Command("pulumi")
    .description("The offline engine: runs a Pulumi program where the official CLI can't be downloaded")
    .option("-C, --cwd <folder>", "run as if started there", (folder) => process.chdir(folder))
    .option("--non-interactive", "never ask", false)
    .option("--color <when>", "taken for the official CLI's sake; the output has no colours")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text + hint(text)) })
    .addCommand(upCommand())
    .addCommand(previewCommand())
    .addCommand(destroyCommand())
    .addCommand(refreshCommand())
    .addCommand(stackCommand())
    .addCommand(stateCommand())
    .addCommand(configCommand())
    .addCommand(cancelCommand())
    .addCommand(versionCommand());
  // `up | head` goes on updating when nobody reads any more.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  for (const command of everyCommand(program)) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return failed(error);
  }
}

/** What this command line lacks the official one may have. */
function hint(error: string): string {
  return /unknown (command|option)/.test(error)
    ? "the offline engine doesn't have it; see --help, or use the official Pulumi CLI (REMOTE_DOCKER_ENGINE=official)\n"
    : "";
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function failed(error: unknown): number {
  const code = (error as { code?: unknown }).code;
  // Commander has shown its own errors, and help isn't one.
  if (typeof code === "string" && code.startsWith("commander."))
    return (error as { exitCode: number }).exitCode;
  process.stderr.write(`error: ${messageOf(error)}\n`);
  return error instanceof UserError ? error.exitCode : 1;
}
