import { cpus } from "node:os";

import { digest } from "../display/json.ts";
import { Masker } from "../display/mask.ts";
import { Progress } from "../display/progress.ts";
import { liveScreen, noScreen, plainScreen } from "../display/screen.ts";
import { summary } from "../display/summary.ts";
import { UserError, messageOf } from "../errors.ts";
import { registry } from "../providers/registry.ts";
import type { Checkpoint } from "../state/file.ts";
import type { Crypter } from "../state/secrets.ts";
import { Snapshot } from "../state/snapshot.ts";
import { ValueCodec } from "../state/values.ts";
import { type Run, StepFailed } from "../steps/execute.ts";
import { Limit } from "../steps/limit.ts";
import type { Keys, StackSession } from "./session.ts";
import { readState, stateKey } from "./session.ts";
import { Stopping } from "./stopping.ts";

export interface OperationOptions {
  stack?: string;
  yes?: boolean;
  skipPreview?: boolean;
  nonInteractive?: boolean;
  json?: boolean;
  /** Show nothing but why it fails. */
  quiet?: boolean;
  expectNoChanges?: boolean;
}

/** How many resources at once: the official CLI's default. */
export const PARALLEL = 4 * cpus().length;

/** One pass over the stack, a preview or the real thing, while it is under way. */
export interface Pass {
  session: StackSession;
  keys: Keys;
  dryRun: boolean;
  progress: Progress;
  masker: Masker;
  stopping: Stopping;
  checkpoint: Checkpoint;
  /** The state's key, being derived. */
  key: Promise<Crypter>;
}

export interface Result {
  progress: Progress;
  masker: Masker;
  seconds: number;
}

/** Shows the header, lets `work` do its part, shows the summary; throws when something failed. */
export async function pass(
  session: StackSession,
  keys: Keys,
  title: string,
  options: OperationOptions & { dryRun: boolean },
  work: (pass: Pass) => Promise<void>,
): Promise<Result> {
  const { dryRun } = options;
  const start = performance.now();
  const live = process.stdout.isTTY && !options.nonInteractive;
  const screen =
    options.json || options.quiet
      ? noScreen
      : live
        ? liveScreen(process.stdout)
        : plainScreen((text) => process.stdout.write(text));
  const masker = new Masker();
  const progress = new Progress(screen, masker, dryRun);
  const stopping = new Stopping((message) => screen.print(message));
  screen.print(`${title} (${session.stack}) with the offline engine:\n`);
  const checkpoint = await readState(session);
  const key = stateKey(session, keys, checkpoint);
  key.catch(() => undefined);
  try {
    await work({
      session,
      keys,
      dryRun,
      progress,
      masker,
      stopping,
      checkpoint,
      key,
    });
  } catch (error) {
    if (error instanceof StepFailed) progress.runFailed();
    else progress.log("error", messageOf(error));
  } finally {
    stopping.end();
    progress.close();
  }
  const seconds = (performance.now() - start) / 1000;
  if (!dryRun) await remember(session, title, progress, seconds);
  const result = { progress, masker, seconds };
  const end = masker.mask(summary(progress, dryRun, seconds));
  if (end !== "") screen.print(`\n${end}`);
  screen.close();
  if (options.json && (stopping.asked || progress.errors > 0)) print(result);
  if (stopping.asked) throw new UserError(`${title} was stopped; run it again to go on`);
  if (progress.errors > 0 && options.quiet)
    throw new UserError(progress.messages.map(({ text }) => text.replace(/^error: /, "")).join("\n"));
  if (progress.errors > 0) throw new UserError(`${dryRun ? "preview" : (FAILED[title] ?? title)} failed`);
  return result;
}

/** An update that changed nothing isn't worth a line: a timer makes one every day. */
async function remember(
  { backend, stack }: StackSession,
  title: string,
  progress: Progress,
  seconds: number,
): Promise<void> {
  if (progress.changes() === 0 && progress.errors === 0) return;
  const endTime = Math.round(Date.now() / 1000);
  await backend.addToHistory(stack, {
    kind: FAILED[title] ?? title,
    startTime: endTime - Math.round(seconds),
    endTime,
    message: "",
    environment: {},
    config: {},
    result: progress.errors > 0 ? "failed" : "succeeded",
    resourceChanges: Object.fromEntries(progress.counts),
  });
}

/** For --json. A run that has failed is printed by `pass`. */
export function print({ progress, masker, seconds }: Result): void {
  process.stdout.write(`${JSON.stringify(digest(progress, masker, seconds), undefined, 2)}\n`);
}

const FAILED: Record<string, string> = { Updating: "update", Destroying: "destroy", Refreshing: "refresh" };

/** The state as the steps work on it. Fails on a wrong passphrase, before anything is changed. */
export async function openRun(given: Pass): Promise<Run> {
  const { session, checkpoint, masker, progress, stopping } = given;
  const key = await given.key;
  const snapshot = new Snapshot(checkpoint, new ValueCodec(key), key.salt, (file) =>
    session.backend.write(session.stack, file),
  );
  for (const { inputs, outputs } of snapshot.olds) {
    masker.learn(inputs);
    masker.learn(outputs);
  }
  const pending = snapshot.interrupted;
  if (pending.length > 0 && !given.dryRun) {
    progress.log(
      "warning",
      `Attempting to deploy or update resources with ${pending.length} pending operations from previous deployment.\n` +
        `${pending.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("")}` +
        "These resources are in an unknown state; what was being created is created again if the program has it. " +
        "Look whether the interrupted creates left something behind; `refresh --clear-pending-creates` then ends this warning",
    );
  }
  return {
    project: session.project.name,
    stack: session.stack,
    directory: session.project.root,
    dryRun: given.dryRun,
    registry: registry(),
    snapshot,
    events: progress,
    limit: new Limit(PARALLEL),
    halt: stopping.halt,
    abort: stopping.abort,
  };
}
