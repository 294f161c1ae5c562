import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type PropertyMap, Secret, UNKNOWN } from "../../../engine/providers/provider";
import type { Deployment } from "../../../engine/steps/deployment";
import type { Goal } from "../../../engine/steps/goal";
import { refreshAll } from "../../../engine/steps/refresh";
import { Stage, component, thing } from "./harness";
import { chain } from "./program";

let folder: string;
let stage: Stage;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-steps-"));
  stage = new Stage(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that registers the goals one after the other. */
function program(...goals: Goal[]) {
  return async (deployment: Deployment): Promise<void> => {
    for (const goal of goals) await deployment.register(goal);
  };
}

/** What happened, without what stayed the same and without the provider. */
function changes(): string[] {
  return stage.said.filter((said) => !said.startsWith("same") && !said.includes("default_"));
}

async function record(name: string) {
  const { checkpoint } = await stage.state();
  return checkpoint.latest?.resources?.find(({ urn }) => urn.endsWith(`::${name}`));
}

const up = (...goals: Goal[]): Promise<string | undefined> => stage.up(program(...goals));

test("an unchanged program writes nothing", async () => {
  await stage.up(chain({ value: 1 }));
  const before = stage.writes;
  expect(await stage.up(chain({ value: 1 }))).toBeUndefined();
  expect(changes()).toEqual([]);
  expect(stage.writes).toBe(before);
});

test("a preview makes nothing, writes nothing and knows no outputs of what would be made", async () => {
  let seen: PropertyMap = {};
  let id: string | undefined;
  const preview = async (deployment: Deployment): Promise<void> => {
    const made = await deployment.register(thing("a", { value: 1 }));
    [seen, id] = [made.outputs, made.id];
  };
  expect(await stage.up(preview, true)).toBeUndefined();
  expect(changes()).toEqual(["create a"]);
  expect([id, seen.seen]).toEqual(["", undefined]);
  expect([stage.things(), stage.writes]).toEqual([[], 0]);
});

test("what isn't known in a preview counts as a change", async () => {
  await up(thing("a", { value: 1 }));
  await stage.up(program(thing("a", { value: UNKNOWN })), true);
  expect(changes()).toEqual(["update a"]);
});

test("a replacement is made before the old one is deleted, and what needs it is updated in between", async () => {
  await stage.up(chain({ version: 1 }));
  await stage.up(chain({ version: 2 }));
  const order = changes();
  expect(order.indexOf("create-replacement base")).toBeLessThan(order.indexOf("update top"));
  expect(order.indexOf("update top")).toBeLessThan(order.indexOf("delete-replaced base"));
  expect(stage.things()).toEqual(["alone@1", "base@2", "top@1"]);
});

test("deleteBeforeReplace deletes first", async () => {
  await up(thing("a", { version: 1 }));
  await up(thing("a", { version: 2 }, { deleteBeforeReplace: true }));
  expect(changes().slice(0, 2)).toEqual(["delete-replaced a", "create-replacement a"]);
  expect(stage.things()).toEqual(["a@2"]);
});

test("a failed replacement that deleted first is made by the next run", async () => {
  await up(thing("a", { version: 1 }));
  const failed = await up(thing("a", { version: 2, fails: true }, { deleteBeforeReplace: true }));
  expect(failed).toMatch(/can't be made/);
  expect(stage.things()).toEqual([]);
  expect(await up(thing("a", { version: 2 }, { deleteBeforeReplace: true }))).toBeUndefined();
  expect([stage.things(), await stage.ids()]).toEqual([["a@2"], ["a@2"]]);
});

test("what the program no longer has is deleted, dependents first", async () => {
  await stage.up(chain({ version: 1 }));
  await up();
  const order = changes();
  expect(order.indexOf("delete top")).toBeLessThan(order.indexOf("delete base"));
  expect([stage.things(), await stage.ids()]).toEqual([[], []]);
});

test("after a failed step nothing is deleted, and the next run goes on from there", async () => {
  await up(thing("old"));
  const failure = await up(thing("made"), thing("broken", { fails: true }));
  expect(failure).toMatch(/can't be made/);
  expect(await stage.ids()).toEqual(["made@1", "old@1"]);
  expect(await up(thing("made"), thing("broken"))).toBeUndefined();
  expect([stage.things(), await stage.ids()]).toEqual([
    ["broken@1", "made@1"],
    ["broken@1", "made@1"],
  ]);
});

test("a failed update leaves the old inputs in the state, so that the next run updates again", async () => {
  await up(thing("a", { value: 1 }));
  await up(thing("a", { value: 2, fails: true }));
  expect((await record("a"))?.inputs).toMatchObject({ value: 1 });
  await up(thing("a", { value: 2 }));
  expect(changes()).toEqual(["update a"]);
});

test("a failed deletion keeps what it needs, and the next run deletes the rest", async () => {
  await stage.up(chain({ version: 1 }));
  writeFileSync(join(stage.world, "top@1.stuck"), "");
  expect(await stage.destroy()).toBeDefined();
  expect(stage.things()).toEqual(["base@1", "top@1"]);
  rmSync(join(stage.world, "top@1.stuck"));
  expect(await stage.destroy()).toBeUndefined();
  expect([stage.things(), await stage.ids()]).toEqual([[], []]);
});

test("wrong inputs end the run with the property's name before anything is made", async () => {
  expect(await up(thing("a", { size: 0 }), thing("b"))).toMatch(/size: 0 is too small/);
  expect(stage.things()).toEqual([]);
});

test("the same name twice is refused", async () => {
  expect(await up(thing("a"), thing("a"))).toMatch(/Duplicate resource URN .*::a'/);
});

test("a provider that the engine doesn't have is refused, saying what has it", async () => {
  const bucket = thing("a", {}, { type: "aws:s3/bucket:Bucket" });
  expect(await up(bucket)).toMatch(/"aws".*official Pulumi CLI/s);
  expect(stage.things()).toEqual([]);
});

describe("options", () => {
  test("ignoreChanges keeps the old value", async () => {
    await up(thing("a", { tags: { x: 1, y: 1 } }));
    await up(thing("a", { tags: { x: 2, y: 1 } }, { ignoreChanges: ["tags.x"] }));
    expect(changes()).toEqual([]);
    await up(thing("a", { tags: { x: 2, y: 2 } }, { ignoreChanges: ["tags.x"] }));
    expect((await record("a"))?.inputs?.tags).toEqual({ x: 1, y: 2 });
  });

  test("ignoreChanges keeps a provider's old configuration, beside what changes, also in a preview", async () => {
    const provider = (inputs: PropertyMap, options: Partial<Goal> = {}): Goal =>
      thing("elsewhere", inputs, { type: "pulumi:providers:fake", ...options });
    const kept = { ignoreChanges: ["region"] };
    await up(provider({ region: "one" }));
    await up(provider({ region: "two" }, kept));
    expect(changes()).toEqual([]);
    const widened = provider({ region: "two", retries: 3 }, kept);
    let previewed: PropertyMap = {};
    await stage.up(async (deployment) => {
      previewed = (await deployment.register(widened)).outputs;
    }, true);
    expect(previewed).toMatchObject({ region: "one", retries: 3 });
    await up(widened);
    expect(changes()).toEqual(["update elsewhere"]);
    expect(await record("elsewhere")).toMatchObject({
      inputs: { region: "one", retries: 3 },
      outputs: { region: "one", retries: 3 },
    });
  });

  test("ignoreChanges leaves a component alone, too", async () => {
    await up(component("group", { inputs: { size: 1 } }));
    await up(component("group", { inputs: { size: 2 }, ignoreChanges: ["size"] }));
    expect(changes()).toEqual([]);
    await up(component("group", { inputs: { size: 3 } }));
    expect(changes()).toEqual(["update group"]);
  });

  test("what is made anew takes the ignored changes along", async () => {
    await up(thing("a", { version: 1, tags: { x: 1 } }));
    await up(thing("a", { version: 2, tags: { x: 2 } }, { ignoreChanges: ["tags"] }));
    expect((await record("a"))?.inputs).toMatchObject({ version: 2, tags: { x: 2 } });
  });

  test("replaceOnChanges replaces where the provider would update", async () => {
    await up(thing("a", { triggers: ["x"] }));
    await up(thing("a", { triggers: ["y"] }, { replaceOnChanges: ["triggers[*]"] }));
    expect(changes()).toContain("create-replacement a");
  });

  test("additionalSecretOutputs and secret inputs are encrypted in the state", async () => {
    await up(thing("a", { value: new Secret("hidden"), size: 7 }, { additionalSecretOutputs: ["seen"] }));
    const text = JSON.stringify(await stage.state());
    expect(text).not.toContain("hidden");
    expect(text).not.toContain("key of");
    expect((await record("a"))?.outputs?.seen).toHaveProperty("ciphertext");
  });

  test("protect refuses deletion and replacement, and anything else goes on", async () => {
    await up(thing("a", { version: 1 }, { protect: true }));
    expect(await up()).toMatch(/protected/);
    expect(await up(thing("a", { version: 2 }, { protect: true }))).toMatch(/protected/);
    expect(stage.things()).toEqual(["a@1"]);
    expect(await up(thing("a", { version: 1, value: 1 }, { protect: true }))).toBeUndefined();
  });

  test.each([false, true])(
    "a protection that is taken away allows replacement in the same run (deleted first: %s)",
    async (deleteBeforeReplace) => {
      await up(thing("a", { version: 1 }, { protect: true, deleteBeforeReplace }));
      expect(await up(thing("a", { version: 2 }, { deleteBeforeReplace }))).toBeUndefined();
    },
  );

  test("retainOnDelete forgets without deleting", async () => {
    await up(thing("a", {}, { retainOnDelete: true }));
    await up();
    expect([stage.things(), await stage.ids()]).toEqual([["a@1"], []]);
  });
});

test("a state that an older version wrote loses the former names by which the official CLI would rename", async () => {
  await up(thing("a"), thing("b"));
  const file = await stage.state();
  for (const resource of file.checkpoint.latest?.resources ?? []) {
    if (resource.urn.endsWith("::b")) resource.aliases = [resource.urn.replace(/b$/, "a")];
  }
  await stage.backend.write("dev", file);
  expect(await up(thing("a"), thing("b"))).toBeUndefined();
  expect(JSON.stringify(await stage.state())).not.toContain("aliases");
});

test("a state in which the official CLI noted deletedWith is left alone", async () => {
  await up(thing("a"));
  const file = await stage.state();
  for (const resource of file.checkpoint.latest?.resources ?? []) resource.deletedWith = resource.urn;
  await stage.backend.write("dev", file);
  await expect(stage.destroy()).rejects.toThrow(/deletedWith.*official Pulumi CLI/s);
  expect(stage.things()).toEqual(["a@1"]);
});

test("a child's URN has its parent's type, a component's outputs come with registerOutputs", async () => {
  await stage.up(async (deployment) => {
    const parent = await deployment.register(component("group"));
    const child = await deployment.register(thing("a", {}, { parent: parent.urn }));
    expect(child.urn).toBe("urn:pulumi:dev::trial::trial:index:Group$fake:index:Thing::a");
    await deployment.registerOutputs(parent.urn, { count: 1 });
  });
  expect((await record("group"))?.outputs).toEqual({ count: 1 });
});

test("a create that was interrupted stays noted, also when it is done anew, until the user settles it", async () => {
  const run = await stage.run();
  await run.snapshot.begin("creating", {
    urn: "urn:pulumi:dev::trial::fake:index:Thing::a",
    type: "fake:index:Thing",
    custom: true,
    inputs: {},
    outputs: {},
  });
  const noted = async (): Promise<(string | undefined)[]> =>
    ((await stage.state()).checkpoint.latest?.pending_operations ?? []).map(({ type }) => type);
  await up(thing("a"));
  expect([stage.things(), await noted()]).toEqual([["a@1"], ["creating"]]);
  const refresh = await stage.run();
  refresh.snapshot.forgetPendingCreates();
  await refreshAll(refresh);
  expect([stage.things(), await noted()]).toEqual([["a@1"], []]);
});

test("the state is always in an order in which everything follows what it needs", async () => {
  await stage.up(chain({ version: 1 }));
  await stage.up(chain({ version: 2 }));
  const resources = (await stage.state()).checkpoint.latest?.resources ?? [];
  resources.forEach((resource, index) => {
    const earlier = new Set(resources.slice(0, index).map(({ urn }) => urn));
    const provider = resource.provider?.slice(0, resource.provider.lastIndexOf("::"));
    for (const urn of [...(resource.dependencies ?? []), ...(provider ? [provider] : [])]) {
      expect(earlier).toContain(urn);
    }
  });
  expect(resources.length).toBe(4);
});

test("a program that fails half way keeps the stack's outputs that it said nothing of", async () => {
  const outputs = (given: PropertyMap, fails = false) =>
    stage.up(async (deployment) => {
      const { urn } = await deployment.register(component("stack", { type: "pulumi:pulumi:Stack" }));
      await deployment.registerOutputs(urn, given);
      if (fails) throw new Error("half way");
    });
  await outputs({ host: "one", gone: "soon" });
  await outputs({ host: "two" }, true);
  expect((await record("stack"))?.outputs).toEqual({ host: "two", gone: "soon" });
  await outputs({ host: "two" });
  expect((await record("stack"))?.outputs).toEqual({ host: "two" });
});
