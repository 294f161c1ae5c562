import { messageOf } from "../errors.ts";
import { listen } from "../monitor/server.ts";
import { ALREADY_SHOWN, startProgram } from "../program/run.ts";
import { Deployment } from "../steps/deployment.ts";
import type { Pass } from "./pass.ts";
import { openRun } from "./pass.ts";
import { readConfig } from "./session.ts";

/** Runs the program and does what it asks for. */
export async function programPass(given: Pass): Promise<void> {
  const { session, keys, dryRun, parallel, progress, masker } = given;
  const config = await readConfig(session, keys);
  for (const key of config.secretKeys) masker.learnText(config.values[key] ?? "");
  const listener = await listen();
  const program = startProgram({
    project: session.project,
    stack: session.stack,
    config,
    address: listener.address,
    dryRun,
    parallel,
    print: (line, stream) => progress.log(stream === "stderr" ? "info#err" : "info", line),
  });
  try {
    const [run, { services }] = await Promise.all([openRun(given), import("../monitor/services.ts")]);
    const deployment = new Deployment(run);
    await listener.serve(services(deployment, progress));
    const code = await endOf(program.ended, run.halt.signal);
    await deployment.idle();
    program.stop();
    if (code !== 0 && code !== ALREADY_SHOWN && !run.halt.signal.aborted) {
      progress.log("error", `the program exited with code ${code}`);
    }
    await deployment.finish(code === 0 && progress.errors === 0);
  } catch (error) {
    program.stop();
    throw error instanceof Error ? error : new Error(messageOf(error));
  } finally {
    listener.close();
  }
}

/** The program's exit code; 1 as soon as the run is halted, as the program may wait for what never comes. */
function endOf(ended: Promise<number>, halt: AbortSignal): Promise<number> {
  return new Promise((done, fail) => {
    halt.addEventListener("abort", () => done(1), { once: true });
    ended.then(done, fail);
  });
}
