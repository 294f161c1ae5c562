import { takeLock } from "../state/lock.ts";
import type { StackSession } from "./session.ts";

/** Does the work while nobody else can change the stack; also a crash of this process gives the lock back. */
export async function locked<T>(
  { backend, stack }: Pick<StackSession, "backend" | "stack">,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await takeLock(backend, stack);
  const release = (): void => lock.release();
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}
