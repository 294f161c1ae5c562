import { type ChildProcessWithoutNullStreams, execFile } from "node:child_process";

/** What a command did. */
export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end and keeps what it printed. */
export function run(
  [file, ...args]: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string | Buffer } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const { input, ...others } = options;
    const child = execFile(file, args, { ...others, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr }),
    );
    // A command may end without reading its input; its status says what happened.
    child.stdin?.on("error", () => undefined).end(input ?? "");
  });
}

/** The outcome, or an error with all that the command printed when it failed. */
export function succeeded(outcome: Outcome): Outcome {
  if (outcome.status !== 0)
    throw new Error(`exit code ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`);
  return outcome;
}

/** A command under way, with what it has printed until now. */
export class Running {
  private readonly printed = { stdout: "", stderr: "" };
  private readonly ended: Promise<Outcome>;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on("data", (data) => (this.printed.stdout += data));
    child.stderr.on("data", (data) => (this.printed.stderr += data));
    this.ended = new Promise((resolve) =>
      child.on("close", (status) => resolve({ status, ...this.printed })),
    );
  }

  /** Waits until the command has printed a text; an error when it ends before. */
  async printsEventually(text: string): Promise<void> {
    await this.prints(new RegExp(text.replace(/[^\w\s]/g, "\\$&")));
  }

  /** Waits until the command has printed what an expression matches, and returns the match; an error when it ends before. */
  async prints(expression: RegExp): Promise<RegExpExecArray> {
    const find = ({ stdout, stderr }: { stdout: string; stderr: string }) => expression.exec(stdout + stderr);
    const seen = new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const match = find(this.printed);
        if (match === null) return;
        this.child.stdout.off("data", look);
        this.child.stderr.off("data", look);
        resolve(match);
      };
      this.child.stdout.on("data", look);
      this.child.stderr.on("data", look);
      look();
    });
    const ended = this.ended.then((outcome) => {
      const match = find(outcome);
      if (match !== null) return match;
      throw new Error(`ended without printing ${String(expression)}: ${JSON.stringify(outcome)}`);
    });
    return Promise.race([seen, ended]);
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  /** Ends the command's input and waits for the command. */
  finish(): Promise<Outcome> {
    this.child.stdin.end();
    return this.ended;
  }

  /** What Ctrl-C does; waits for the command. */
  interrupt(): Promise<Outcome> {
    this.child.kill("SIGINT");
    return this.ended;
  }

  /** Waits for the command. */
  end(): Promise<Outcome> {
    return this.ended;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}
