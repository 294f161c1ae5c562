import { StringDecoder } from "node:string_decoder";
import type { Context } from "../provider.ts";

export type Stream = "stdout" | "stderr";

/** How a command ended: by exit code, or by a signal. */
export interface Exit {
  code?: number;
  signal?: string;
}

/** Which streams of a command are shown, by the resource's `logging`; the official provider's default is both. */
export function shownStreams(logging: string = "stdoutAndStderr"): Stream[] {
  return (["stdout", "stderr"] as const).filter(
    (stream) => logging === stream || logging === "stdoutAndStderr",
  );
}

/** Keeps what a command writes, and shows whole lines as they come. */
export class Output {
  private readonly chunks: Record<Stream, Buffer[]> = { stdout: [], stderr: [] };
  private readonly lines: Partial<Record<Stream, Lines>>;
  private readonly shown: Stream[];
  private readonly said: Buffer[] = [];

  constructor(context: Pick<Context, "log">, shown: Stream[]) {
    this.shown = shown;
    this.lines = Object.fromEntries(
      shown.map((stream) => [stream, new Lines((line) => context.log("info", line))]),
    );
  }

  add(stream: Stream, chunk: Buffer): void {
    this.chunks[stream].push(chunk);
    if (stream === "stderr" || this.shown.includes(stream)) this.said.push(chunk);
    this.lines[stream]?.add(chunk);
  }

  /** What was written, without the last line break, as the official provider keeps it. Ends the log. */
  end(): Record<Stream, string> {
    for (const lines of Object.values(this.lines)) lines.end();
    return { stdout: this.text("stdout").replace(/\n$/, ""), stderr: this.text("stderr").replace(/\n$/, "") };
  }

  /** The last lines of stderr, and of stdout where it is shown, as they came. */
  lastWords(): string {
    return Buffer.concat(this.said).toString().trimEnd().split("\n").slice(-30).join("\n");
  }

  private text(stream: Stream): string {
    return Buffer.concat(this.chunks[stream]).toString();
  }
}

/** Cuts a stream of bytes into lines. */
class Lines {
  private readonly decoder = new StringDecoder("utf8");
  private readonly show: (line: string) => void;
  private rest = "";

  constructor(show: (line: string) => void) {
    this.show = show;
  }

  add(chunk: Buffer): void {
    const lines = (this.rest + this.decoder.write(chunk)).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.show(line.replace(/\r$/, ""));
  }

  end(): void {
    const rest = this.rest + this.decoder.end();
    this.rest = "";
    if (rest) this.show(rest);
  }
}

/** What went wrong with a command, without its input: where, how it ended, and its last words. */
export function failure(what: string, exit: Exit, output: Output): Error {
  const how = exit.signal ? `was ended by signal ${exit.signal}` : `ended with exit status ${exit.code}`;
  const words = output.lastWords();
  return new Error(`${what} ${how}${words ? `:\n${words}` : ""}`);
}
