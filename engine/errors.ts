/** An error that is the user's to solve: shown without a stack trace. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}

/** Something that only the official engine can do; nothing has been created yet when it is thrown. */
export class Unsupported extends UserError {
  constructor(what: string) {
    super(
      `${what} is more than the offline engine can do. It needs the official Pulumi CLI: see ` +
        `https://www.pulumi.com/docs/install, then set REMOTE_DOCKER_ENGINE=official; the stack's state is the same for both.`,
    );
    this.name = "Unsupported";
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
