import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { programConfig } from "../../../engine/program/config";
import { findProject } from "../../../engine/program/project";
import { StackFile } from "../../../engine/program/stackFile";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-program-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: nodejs\nconfig:\n  size: {default: 3}\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, "Pulumi.dev.yaml");
const opened = (): StackFile => new StackFile(findProject(folder), "dev");

test("a change keeps comments and everything else as it is", async () => {
  writeFileSync(
    path(),
    "config:\n  # who may\n  trial:clients:\n    - name: me # the first\n  trial:port: 1 # open\n",
  );
  const file = opened();
  file.setConfig(["trial:port"], 2);
  file.salt = "v1:x";
  await file.save();
  expect(readFileSync(path(), "utf8")).toBe(
    "config:\n  # who may\n  trial:clients:\n    - name: me # the first\n  trial:port: 2 # open\nencryptionsalt: v1:x\n",
  );
});

test("saving without a change doesn't write", async () => {
  writeFileSync(path(), "config:   {trial:a:   1}\n");
  await opened().save();
  expect(readFileSync(path(), "utf8")).toBe("config:   {trial:a:   1}\n");
});

test("a path sets and removes a part of a value", async () => {
  const file = opened();
  file.setConfig(["trial:clients", 0, "name"], "me");
  await file.save();
  expect(opened().config).toEqual({ "trial:clients": [{ name: "me" }] });
  file.removeConfig(["trial:clients", 0, "name"]);
  file.removeConfig(["trial:other", 1, "name"]);
  await file.save();
  expect(opened().config).toEqual({ "trial:clients": [{}] });
});

test("a file that is no YAML map is named", () => {
  writeFileSync(path(), "- 1\n");
  expect(opened).toThrow(/Pulumi\.dev\.yaml: is not a map/);
});

test("the program gets text, structured values as JSON, and is told which are secret", () => {
  writeFileSync(path(), "config:\n  trial:on: true\n  trial:list: [1, {secure: abc}]\n");
  const crypter = { salt: "", encrypt: (text: string) => text, decrypt: (text: string) => `open ${text}` };
  expect(programConfig(findProject(folder), opened().config, crypter)).toEqual({
    values: { "trial:size": "3", "trial:on": "true", "trial:list": '[1,"open abc"]' },
    secretKeys: ["trial:list"],
  });
});

test("another runtime than Node.js is refused, saying what has it", () => {
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: go\n");
  expect(() => findProject(folder)).toThrow(/"go".*official Pulumi CLI/s);
});

test("outside a project it says so", () => {
  expect(() => findProject("/")).toThrow(/no Pulumi.yaml project file found/);
});

test("a new salt is a line more, and the rest keeps its form", async () => {
  writeFileSync(path(), "config:   {trial:a:   1} # mine");
  const file = opened();
  file.salt = "v1:x:v1:y:z";
  await file.save();
  expect(readFileSync(path(), "utf8")).toBe("config:   {trial:a:   1} # mine\nencryptionsalt: v1:x:v1:y:z\n");
  expect(opened().salt).toBe("v1:x:v1:y:z");
});
