import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";

/** A test machine's process. */
export interface Launched {
  /** The front door's port on 127.0.0.1. */
  port: number;
  /** Ends when sshd answers through the front door; fails when the machine dies before. */
  answers(): Promise<void>;
  /** Ends when the machine's process has. */
  ended: Promise<void>;
  /** Ends the machine's process at once. */
  kill(): Promise<void>;
}

/** What runs the machine, where it is reached, and the file with what its console printed. */
export function launched(child: ChildProcess, port: number, console: string): Launched {
  let complaints = "";
  child.stderr?.on("data", (data) => (complaints += String(data)));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    port,
    ended,
    answers: () => answers(child, port, () => `${complaints}\n${endOf(console)}`),
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** slirp accepts connections before the machine listens: only sshd's banner says that it is there. */
async function answers(child: ChildProcess, port: number, words: () => string): Promise<void> {
  const deadline = Date.now() + 300_000;
  // Longer each time: on a busy computer hasty questions would keep the machine from answering any.
  let patience = 1000;
  while (!(await hasBanner(port, patience))) {
    patience = Math.min(2 * patience, 30_000);
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline)
      throw new Error(`the machine does not answer on port ${port}\n${words()}`);
  }
}

function endOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").slice(-3000) : "";
}

/** Waits for the first bytes at a port, for so many milliseconds at most. */
function hasBanner(port: number, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => end(false), patience);
    const end = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    // The front door takes a silent client for SSH too, but only after a delay.
    socket.once("connect", () => socket.write("SSH-2.0-probe\r\n"));
    socket.once("data", (data) => end(data.toString().startsWith("SSH-")));
    // Who refuses is asked again a little later.
    socket.on("error", () => undefined);
    socket.on("close", () => setTimeout(() => end(false), 200));
  });
}
