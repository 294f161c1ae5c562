/** A fault that the user can mend: shown as it is, without a stack trace. */
export class UserError extends Error {}

/** Runs a command's main part: a UserError becomes one line on stderr and exit code 1. */
export async function command(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
