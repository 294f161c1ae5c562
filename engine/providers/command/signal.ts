import type { Context } from "../provider.ts";

/** Aborted with the context's signal, and when the operation's time is over. */
export function deadline({ signal, timeoutSeconds }: Context): AbortSignal {
  return timeoutSeconds ? AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]) : signal;
}

/** Why an aborted command was given up; completes "… was given up". */
export function givenUp(signal: AbortSignal, { timeoutSeconds }: Context): string {
  return (signal.reason as Error | undefined)?.name === "TimeoutError"
    ? `was given up after ${timeoutSeconds} s; raise customTimeouts if it needs longer`
    : "was cancelled";
}

/** Calls back when the signal is aborted, at once if it is already; returns what stops that. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
}
