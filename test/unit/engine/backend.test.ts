import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileBackend } from "../../../engine/state/backend";
import { manifest } from "../../../engine/state/checkpoint";
import { writeAtomically } from "../../../engine/state/files";

let folder: string;
let backend: FileBackend;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-state-"));
  backend = new FileBackend(`file://${folder}`, "trial");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a stack lies where the official file backend has it, for its owner only", async () => {
  await backend.create("dev");
  const file = join(folder, ".pulumi", "stacks", "trial", "dev.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: 3,
    checkpoint: { stack: "organization/trial/dev" },
  });
  expect(readFileSync(join(folder, ".pulumi", "meta.yaml"), "utf8")).toBe("version: 1\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what a write replaces stays beside it, and so does the state that each update of the history led to", async () => {
  const made = await backend.create("dev");
  const file = join(folder, ".pulumi", "stacks", "trial", "dev.json");
  const changed = { ...made, checkpoint: { ...made.checkpoint, stack: "organization/trial/changed" } };
  await backend.write("dev", changed);
  expect(JSON.parse(readFileSync(`${file}.bak`, "utf8"))).toEqual(made);
  const update = { kind: "update", startTime: 1, endTime: 2, message: "", environment: {}, config: {} };
  const first = { ...update, result: "failed" as const, resourceChanges: { create: 1 } };
  const second = { ...update, result: "succeeded" as const, resourceChanges: { update: 2 } };
  await backend.addToHistory("dev", first);
  await backend.write("dev", made);
  await backend.addToHistory("dev", second);
  expect(await backend.history("dev")).toEqual([second, first]);
  const kept = join(folder, ".pulumi", "history", "trial", "dev");
  const states = readdirSync(kept).filter((name) => /^dev-\d{19}\.checkpoint\.json$/.test(name));
  expect(states.sort().map((name) => JSON.parse(readFileSync(join(kept, name), "utf8")))).toEqual([
    changed,
    made,
  ]);
  for (const name of [`${file}.bak`, ...readdirSync(kept).map((one) => join(kept, one))])
    expect(statSync(name).mode & 0o777).toBe(0o600);
  await backend.remove("dev");
  expect(readdirSync(join(folder, ".pulumi", "stacks", "trial"))).toEqual([]);
});

test("backends other than a folder are refused by their URL", () => {
  expect(() => new FileBackend("s3://bucket", "trial")).toThrow(/PULUMI_BACKEND_URL: "s3:\/\/bucket"/);
});

test("a state of another version or with unknown features is refused", async () => {
  await backend.create("dev");
  const file = join(folder, ".pulumi", "stacks", "trial", "dev.json");
  for (const strange of [{ version: 4 }, { version: 3, features: ["new"] }]) {
    writeFileSync(file, JSON.stringify({ ...strange, checkpoint: {} }));
    await expect(backend.read("dev")).rejects.toThrow(/use the official CLI/);
  }
});

test("the manifest's magic is the hash of its version", () => {
  const made = manifest(undefined, new Date(0));
  expect(manifest({ ...made, version: "3.260.0" }, new Date(0)).magic).toBe(
    "f86dae3edf3fe6e708b87c6d6a143d3db5172f83cdfdb5d54206585b489dba50",
  );
});

test("a file that can't be replaced stays as it was, and nothing is left beside it", async () => {
  const target = join(folder, "taken");
  mkdirSync(join(target, "full"), { recursive: true });
  await expect(writeAtomically(target, "text")).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(["taken"]);
});
