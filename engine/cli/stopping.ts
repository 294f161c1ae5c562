/** Ctrl-C: the first one lets running steps end, the second one aborts them. */
export class Stopping {
  asked = false;
  private readonly controller = new AbortController();
  private readonly listeners: (() => void)[] = [];
  private readonly say: (message: string) => void;

  constructor(say: (message: string) => void) {
    this.say = say;
    process.on("SIGINT", this.onSignal);
    process.on("SIGTERM", this.onSignal);
  }

  get abort(): AbortSignal {
    return this.controller.signal;
  }

  onStop(listener: () => void): void {
    this.listeners.push(listener);
  }

  end(): void {
    process.off("SIGINT", this.onSignal);
    process.off("SIGTERM", this.onSignal);
  }

  private readonly onSignal = (): void => {
    if (this.asked) {
      this.say("aborting what runs");
      return this.controller.abort(new Error("aborted by the user"));
    }
    this.asked = true;
    this.say("stopping after the running steps; press Ctrl-C again to abort them, which may leave things half made");
    this.listeners.forEach((listener) => listener());
  };
}
