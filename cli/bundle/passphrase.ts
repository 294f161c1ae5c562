import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { UserError } from "../shared/userError.ts";

const shortest = 12;

/**
 * A passphrase: asked for twice without showing it, or the first line of standard input where that isn't a terminal.
 *
 * @throws UserError when it is too short, or the two aren't the same
 */
export async function readPassphrase(): Promise<string> {
  const passphrase = process.stdin.isTTY
    ? await askTwice()
    : (await text(process.stdin)).split(/\r?\n/, 1)[0];
  if (passphrase.length < shortest) {
    throw new UserError(
      `the passphrase has ${passphrase.length} characters; take at least ${shortest}, or five random words: ` +
        "whoever has the file can try as many as they like",
    );
  }
  return passphrase;
}

async function askTwice(): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  const ask = async (prompt: string) => {
    process.stderr.write(prompt);
    const answer = await terminal.question("");
    process.stderr.write("\n");
    return answer;
  };
  try {
    const first = await ask("Passphrase: ");
    if ((await ask("Once more: ")) !== first)
      throw new UserError("the two passphrases aren't the same; run it again");
    return first;
  } catch (error) {
    // Ctrl-C and Ctrl-D, which readline takes for itself.
    if ((error as Error).name === "AbortError")
      throw new UserError("no passphrase was given; nothing was written");
    throw error;
  } finally {
    terminal.close();
  }
}
