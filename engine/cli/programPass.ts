import { messageOf } from "../errors.ts";
import { LOOPBACK, listen } from "../monitor/server.ts";
import { ALREADY_SHOWN, startProgram } from "../program/run.ts";
import { Deployment } from "../steps/deployment.ts";
import type { Pass } from "./pass.ts";
import { PARALLEL, openRun } from "./pass.ts";
import { readConfig } from "./session.ts";

/** Runs the program and does what it asks for. */
export async function programPass(given: Pass): Promise<void> {
  const { session, keys, dryRun, progress, masker } = given;
  const config = await readConfig(session, keys);
  for (const key of config.secretKeys) masker.learnText(config.values[key] ?? "");
  const listener = await listen();
  const program = startProgram({
    project: session.project,
    stack: session.stack,
    config,
    address: listener.address,
    dryRun,
    parallel: PARALLEL,
    print: (line, stream) => progress.log(stream === "stderr" ? "info#err" : "info", line),
  });
  try {
    const [run, { services }] = await Promise.all([openRun(given), import("../monitor/services.ts")]);
    const deployment = new Deployment(run);
    await listener.serve(services(deployment, progress));
    const code = await endOf(program.ended, run.halt.signal);
    await deployment.idle();
    program.stop();
    const failure = run.halt.signal.aborted ? undefined : failureOf(code, deployment, progress.errors);
    if (failure !== undefined) progress.log("error", failure);
    await deployment.finish(code === 0 && progress.errors === 0);
  } catch (error) {
    program.stop();
    throw error instanceof Error ? error : new Error(messageOf(error));
  } finally {
    listener.close();
  }
}

/** What went wrong with a program that has ended, unless that was said already. */
function failureOf(code: number, { programIsDone }: Deployment, errors: number): string | undefined {
  if (code === ALREADY_SHOWN)
    return errors > 0
      ? undefined
      : "the program failed, and couldn't tell the engine why; its own words are above";
  if (code !== 0) return `the program exited with code ${code}`;
  if (programIsDone) return undefined;
  return (
    "the program ended before it had told the engine all that it wants: nothing says whether what is missing was to be " +
    "removed. Look for a process.exit() in it, and for what keeps it from the engine at " +
    `${LOOPBACK} (a proxy, a firewall)`
  );
}

/** The program's exit code; 1 as soon as the run is halted, as the program may wait for what never comes. */
function endOf(ended: Promise<number>, halt: AbortSignal): Promise<number> {
  return new Promise((done, fail) => {
    halt.addEventListener("abort", () => done(1), { once: true });
    ended.then(done, fail);
  });
}
