const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Ctrl-C: the first one lets running steps end, the second one aborts them. */
export class Stopping {
  /** Shared with the run: once aborted, here or by a failure, no further step begins. */
  readonly halt = new AbortController();
  private signals = 0;
  private readonly controller = new AbortController();
  private readonly say: (message: string) => void;

  constructor(say: (message: string) => void) {
    this.say = say;
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** The user asked for it. */
  get asked(): boolean {
    return this.signals > 0;
  }

  get abort(): AbortSignal {
    return this.controller.signal;
  }

  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
  }

  private readonly onSignal = (): void => {
    this.halt.abort();
    this.signals++;
    if (this.signals === 1) {
      this.say(
        "stopping after the running steps; press Ctrl-C again to abort them, which may leave things half made",
      );
      return;
    }
    this.say("aborting the running steps");
    this.controller.abort(new Error("aborted by the user"));
  };
}
