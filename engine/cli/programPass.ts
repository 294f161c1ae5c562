import { messageOf } from "../errors.ts";
import { listen } from "../monitor/server.ts";
import { ALREADY_SHOWN, startProgram } from "../program/run.ts";
import { Deployment } from "../steps/deployment.ts";
import type { Pass } from "./pass.ts";
import { openRun } from "./pass.ts";
import { readConfig } from "./session.ts";

/** Runs the program and does what it asks for. */
export async function programPass(given: Pass): Promise<void> {
  const { session, keys, dryRun, parallel, progress, masker, stopping } = given;
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
    print: (line) => progress.log("info", line),
  });
  try {
    const [run, services] = await Promise.all([openRun(given), import("../monitor/services.ts")]);
    const deployment = new Deployment(run);
    stopping.onStop(() => deployment.stop());
    await listener.serve(services.services(deployment, progress));
    const code = await program.ended;
    if (code !== 0 && code !== ALREADY_SHOWN && !deployment.isStopped) {
      progress.log("error", `the program exited with code ${code}`);
    }
    await deployment.finish(code === 0 && progress.errors === 0);
    if (code !== 0) progress.errors ||= 1;
  } catch (error) {
    program.stop();
    throw error instanceof Error ? error : new Error(messageOf(error));
  } finally {
    listener.close();
  }
}
