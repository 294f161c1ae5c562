import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { PropertyMap, Provider, ResourceType } from "../../../engine/providers/provider.ts";
import { Secret, plain } from "../../../engine/providers/provider.ts";
import { registry } from "../../../engine/providers/registry.ts";
import { FileBackend } from "../../../engine/state/backend.ts";
import type { Checkpoint } from "../../../engine/state/file.ts";
import type { Crypter } from "../../../engine/state/secrets.ts";
import { Snapshot } from "../../../engine/state/snapshot.ts";
import { ValueCodec } from "../../../engine/state/values.ts";
import { deleteAll } from "../../../engine/steps/deletions.ts";
import { Deployment } from "../../../engine/steps/deployment.ts";
import { type Run, StepFailed } from "../../../engine/steps/execute.ts";
import { type Events, type Goal, NO_OPTIONS, type Step } from "../../../engine/steps/goal.ts";
import { Limit } from "../../../engine/steps/limit.ts";
import { changedNames } from "../../../engine/steps/plan.ts";

/** Instead of a cipher: a million rounds of PBKDF2 for each test would only cost time. */
const openCrypter: Crypter = {
  salt: "v1:fake:v1:fake:fake",
  encrypt: (text) => `sealed:${Buffer.from(text).toString("base64")}`,
  decrypt: (text) => Buffer.from(text.slice("sealed:".length), "base64").toString(),
};

/** Called before and after everything that lasts: each write of the state, each effect of the provider. */
export type Hook = (point: string) => void;

/** FAKE provider for tests: a thing is a file in the folder `world`, named by its id `<name>@<version>`. */
export function fakeProvider(world: string, hook: Hook = () => undefined): Provider {
  const effect = (point: string, act: () => void): void => {
    hook(`before ${point}`);
    act();
    hook(`after ${point}`);
  };
  const write = (id: string, value: unknown): void => writeFileSync(join(world, id), JSON.stringify(value));
  const outputs = (id: string, inputs: PropertyMap): PropertyMap => ({
    ...inputs,
    seen: id,
    key: new Secret(`key of ${id}`),
  });
  const thing: ResourceType = {
    check: (news) => ({
      inputs: { size: 1, ...news },
      failures: news.size === 0 ? [{ property: "size", reason: "0 is too small; write 1 or more" }] : [],
    }),
    diff(olds, news) {
      const changed = changedNames(olds.inputs, news);
      return { changed, replace: changed.filter((name) => name === "version") };
    },
    create(inputs, { name }) {
      if (inputs.fails === true) return Promise.reject(new Error(`${name} can't be made`));
      const id = `${name}@${String(plain(inputs.version ?? 1))}`;
      effect(`create ${id}`, () => write(id, plain(inputs.value ?? null)));
      return Promise.resolve({ id, outputs: outputs(id, inputs) });
    },
    update(id, _olds, news) {
      if (news.fails === true) return Promise.reject(new Error(`${id} can't be changed`));
      effect(`update ${id}`, () => write(id, plain(news.value ?? null)));
      return Promise.resolve({ outputs: outputs(id, news) });
    },
    delete(id) {
      if (existsSync(join(world, `${id}.stuck`))) return Promise.reject(new Error(`${id} can't be deleted`));
      effect(`delete ${id}`, () => rmSync(join(world, id), { force: true }));
      return Promise.resolve();
    },
    read(id, state) {
      return Promise.resolve(existsSync(join(world, id)) ? { id, ...state } : undefined);
    },
  };
  return { name: "fake", version: "1.0.0", resources: { "fake:index:Thing": thing } };
}

/** A place with a backend and a world, in a folder of its own. */
export class Stage {
  readonly world: string;
  readonly backend: FileBackend;
  readonly said: string[] = [];
  writes = 0;
  private readonly hook: Hook;

  constructor(folder: string, hook: Hook = () => undefined) {
    this.world = join(folder, "world");
    this.hook = hook;
    mkdirSync(this.world, { recursive: true });
    this.backend = new FileBackend(`file://${join(folder, "backend")}`, "trial");
  }

  /** What exists. */
  things(): string[] {
    return readdirSync(this.world)
      .filter((name) => !name.endsWith(".stuck"))
      .sort();
  }

  async state(): Promise<Checkpoint> {
    return (await this.backend.read("dev")) ?? this.backend.create("dev");
  }

  /** Ids of the fake things in the state. */
  async ids(): Promise<string[]> {
    const { checkpoint } = await this.state();
    const things = (checkpoint.latest?.resources ?? []).filter(({ type }) => type === "fake:index:Thing");
    return things
      .filter((thing) => !thing.pendingReplacement)
      .map(({ id }) => id ?? "")
      .sort();
  }

  async run(dryRun = false): Promise<Run> {
    const write = async (file: Checkpoint): Promise<void> => {
      this.writes++;
      this.hook("before write");
      await this.backend.write("dev", file);
      this.hook("after write");
    };
    return {
      project: "trial",
      stack: "dev",
      directory: this.world,
      dryRun,
      registry: registry({ fake: () => Promise.resolve(fakeProvider(this.world, this.hook)) }),
      snapshot: new Snapshot(await this.state(), new ValueCodec(openCrypter), openCrypter.salt, write),
      events: this.events(),
      limit: new Limit(4),
      halt: new AbortController(),
      abort: new AbortController().signal,
    };
  }

  /** Runs a program as the monitor does. @returns the failure that the user saw, if any */
  async up(program: (deployment: Deployment) => Promise<void>, dryRun = false): Promise<string | undefined> {
    this.said.length = 0;
    const deployment = new Deployment(await this.run(dryRun));
    let failure: string | undefined;
    await program(deployment).catch((error: unknown) => (failure = (error as Error).message));
    await deployment
      .finish(failure === undefined)
      .catch((error: unknown) => (failure = (error as Error).message));
    return failure;
  }

  async destroy(): Promise<string | undefined> {
    this.said.length = 0;
    const run = await this.run();
    try {
      await deleteAll(run, run.snapshot.resources());
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      return error.message;
    }
    return undefined;
  }

  private events(): Events {
    const say = (kind: string, { urn }: Step): void =>
      void this.said.push(`${kind} ${urn.slice(urn.lastIndexOf("::") + 2)}`);
    return {
      started: () => undefined,
      finished: (step) => say(step.kind, step),
      failed: (step) => say("failed", step),
      log: () => undefined,
      outputs: () => undefined,
    };
  }
}

/** A thing that a program wants. */
export function thing(name: string, inputs: PropertyMap = {}, options: Partial<Goal> = {}): Goal {
  return { ...NO_OPTIONS, type: "fake:index:Thing", name, custom: true, inputs, ...options };
}

export function component(name: string, options: Partial<Goal> = {}): Goal {
  return { ...NO_OPTIONS, type: "trial:index:Group", name, custom: false, inputs: {}, ...options };
}
