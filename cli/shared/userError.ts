/** A fault that the user can mend: shown as it is, without a stack trace. */
export class UserError extends Error {}

/** Runs a command's main part: a UserError becomes one line on stderr and exit code 1. */
export async function command(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`error: ${asInvoked(error.message)}\n`);
    process.exitCode = 1;
  }
}

/** Commands in a text as they are typed where the package is installed: the project there has its own `pulumi up`. */
function asInvoked(text: string): string {
  if (!process.env.REMOTE_DOCKER_INSTALLED) return text;
  return text
    .replace(/npm run (?:-s )?up(?: --(?= --))?/g, "pulumi up")
    .replace(/npm run (?:-s )?([a-z]+)(?: --(?= ))?/g, "npx remote-docker $1");
}
