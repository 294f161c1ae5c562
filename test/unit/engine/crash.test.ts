import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Limit } from "../../../engine/steps/limit.ts";
import { Stage } from "./harness";
import { life } from "./program";

const folder = mkdtempSync(join(tmpdir(), "engine-crash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Death {
  signal: string | null;
  stdout: string;
  stderr: string;
}

function dying(place: string, step: string, point: number): Promise<Death> {
  const script = join(__dirname, "dying.mts");
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "cache") };
  const child = spawn(process.execPath, ["--no-warnings", script, place, step, String(point)], { env });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (said.stderr += data.toString()));
  return new Promise((resolve) => child.on("close", (_code, signal) => resolve({ signal, ...said })));
}

/** What the state knows of, as existing or as about to be made. */
async function known(stage: Stage): Promise<string[]> {
  const { checkpoint } = await stage.state();
  const begun = (checkpoint.latest?.pending_operations ?? []).map(
    ({ resource }) => `${resource.urn.split("::").at(-1)}@${String(resource.inputs?.version ?? 1)}`,
  );
  return [...(await stage.ids()), ...begun];
}

/** What is noted as begun and not ended, as "creating base". */
async function unfinished(stage: Stage): Promise<string[]> {
  const { checkpoint } = await stage.state();
  const pending = checkpoint.latest?.pending_operations ?? [];
  return pending.map(({ resource, type }) => `${type} ${resource.urn.split("::").at(-1)}`);
}

async function doStep(stage: Stage, step: string): Promise<string | undefined> {
  const program = life[step];
  return program ? stage.up(program) : stage.destroy();
}

/** A copy of what the steps before `step` leave. */
async function prepared(step: string, name: string): Promise<string> {
  const base = join(folder, `before ${step}`);
  const steps = Object.keys(life);
  const stage = new Stage(base);
  if ((await stage.ids()).length === 0) {
    for (const earlier of steps.slice(0, steps.indexOf(step))) await doStep(stage, earlier);
  }
  const place = join(folder, name);
  cpSync(base, place, { recursive: true });
  return place;
}

describe.each(Object.keys(life))("killed with SIGKILL while it does: %s", (step) => {
  test("at every point the next run converges: nothing made twice, nothing orphaned, only creates stay noted", async () => {
    const whole = await prepared(step, `${step} whole`);
    const undisturbed = await dying(whole, step, 0);
    expect(undisturbed.stderr).toBe("");
    const points = Number(undisturbed.stdout);
    expect(points).toBeGreaterThan(4);
    const expected = new Stage(whole).things();
    const dieAndGoOn = async (point: number): Promise<void> => {
      const place = await prepared(step, `${step} ${point}`);
      expect((await dying(place, step, point)).signal).toBe("SIGKILL");
      const stage = new Stage(place);
      expect(await known(stage)).toEqual(expect.arrayContaining(stage.things()));
      const creates = (await unfinished(stage)).filter((operation) => operation.startsWith("creating "));
      expect(await doStep(stage, step)).toBeUndefined();
      expect(stage.things()).toEqual(expected);
      expect(await stage.ids()).toEqual(expected);
      expect(await unfinished(stage)).toEqual(creates);
      expect(await doStep(stage, step)).toBeUndefined();
      expect(stage.said.filter((said) => !said.startsWith("same"))).toEqual([]);
    };
    const limit = new Limit(4);
    await Promise.all(Array.from({ length: points }, (_, index) => limit.run(() => dieAndGoOn(index + 1))));
  }, 60_000);
});
