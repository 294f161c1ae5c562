/** Where progress goes: plain lines, or on a terminal also a live list of what runs. */
export interface Screen {
  print(line: string): void;
  /** `tail` stands behind the time. */
  begin(key: string, line: string, tail: string): void;
  end(key: string, line: string, seconds: number, tail: string): void;
  close(): void;
}

export function plainScreen(write: (text: string) => void): Screen {
  return {
    print: (line) => write(`${line}\n`),
    begin: (_key, line, tail) => write(`${line} (0s)${tail}\n`),
    end: (_key, line, seconds, tail) => write(`${line} (${duration(seconds)})${tail}\n`),
    close: () => undefined,
  };
}

/** Nothing is shown: for --json. */
export const noScreen: Screen = {
  print: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  close: () => undefined,
};

const REDRAW_MS = 500;

/** What runs stands below what is done, with the time that it has taken so far. */
export function liveScreen(stream: NodeJS.WriteStream): Screen {
  const running = new Map<string, { line: string; tail: string; since: number }>();
  let drawn = 0;
  const clear = (): string => (drawn > 0 ? `\u001b[${drawn}A\u001b[J` : "");
  const draw = (before: string): void => {
    const rows = [...running.values()].slice(0, Math.max(1, stream.rows - 2));
    const texts = rows.map(
      ({ line, tail, since }) => `${line} (${duration((performance.now() - since) / 1000)})${tail}`,
    );
    stream.write(clear() + before + texts.map((text) => `${text.slice(0, stream.columns - 1)}\n`).join(""));
    drawn = texts.length;
  };
  const timer = setInterval(() => running.size > 0 && draw(""), REDRAW_MS).unref();
  return {
    print: (line) => draw(`${line}\n`),
    begin(key, line, tail) {
      running.set(key, { line, tail, since: performance.now() });
      draw("");
    },
    end(key, line, seconds, tail) {
      running.delete(key);
      draw(`${line} (${duration(seconds)})${tail}\n`);
    },
    close: () => clearInterval(timer),
  };
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Number(seconds.toFixed(2))}s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${whole % 60}s`;
}
