import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

import { UserError } from "../errors.ts";

/** The official CLI's exit code where a question can't be asked. */
const NOT_ANSWERED = 2;

/** Asks for a yes; anything else ends the command without a change. */
export async function confirm(question: string, nonInteractive: boolean): Promise<void> {
  if (nonInteractive || !process.stdin.isTTY) {
    throw new UserError(
      "--yes or --skip-preview must be passed in to proceed when running in non-interactive mode",
      NOT_ANSWERED,
    );
  }
  const answer = await ask(`${question} [yes/no] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("confirmation declined");
}

export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** Asks without showing what is typed. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
