import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Project, findProject } from "../../../engine/program/project";
import { backendUrl, selectStack, selectedStack } from "../../../engine/program/workspace";

const backend = "file:///srv/state";
const home = process.env.PULUMI_HOME;
let folder: string;
let project: Project;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-workspace-"));
  process.env.PULUMI_HOME = join(folder, "home");
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: nodejs\n");
  project = findProject(folder);
  const hash = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
  mkdirSync(join(folder, "home/workspaces"), { recursive: true });
  file = join(folder, `home/workspaces/trial-${hash}-workspace.json`);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (home === undefined) delete process.env.PULUMI_HOME;
  else process.env.PULUMI_HOME = home;
});

test("a selection is written as the official CLI reads it: by backend, with the stack's full name", async () => {
  await selectStack(project, backend, "dev");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ stacks: { [backend]: "organization/trial/dev" } });
});

test("what the official CLI has selected is selected here, for its backend only", () => {
  writeFileSync(file, JSON.stringify({ stacks: { [backend]: "organization/trial/dev" } }, undefined, 4));
  expect(selectedStack(project, backend)).toBe("dev");
  expect(selectedStack(project, "file:///elsewhere")).toBeUndefined();
});

test("a backend's own selection comes before an old CLI's for all of them", () => {
  writeFileSync(file, JSON.stringify({ stack: "old", stacks: { [backend]: "organization/trial/dev" } }));
  expect(selectedStack(project, backend)).toBe("dev");
  expect(selectedStack(project, "file:///elsewhere")).toBe("old");
});

test("an old CLI's selection on another kind of backend counts as none", () => {
  writeFileSync(file, JSON.stringify({ stack: "company/other/prod" }));
  expect(selectedStack(project, backend)).toBeUndefined();
});

test("unselecting leaves other backends' selections, and no file when there are none", async () => {
  await selectStack(project, backend, "dev");
  await selectStack(project, "file:///elsewhere", "prod");
  await selectStack(project, backend, undefined);
  expect(selectedStack(project, backend)).toBeUndefined();
  expect(selectedStack(project, "file:///elsewhere")).toBe("prod");
  await selectStack(project, "file:///elsewhere", undefined);
  expect(existsSync(file)).toBe(false);
});

test("a selection file that is no JSON is named", () => {
  writeFileSync(file, "{");
  expect(() => selectedStack(project, backend)).toThrow(file);
});

test("broken credentials are an error that says which file, and what to do", () => {
  const credentials = join(folder, "home/credentials.json");
  const chosen = process.env.PULUMI_BACKEND_URL;
  delete process.env.PULUMI_BACKEND_URL;
  try {
    writeFileSync(credentials, JSON.stringify({ current: backend }));
    expect(backendUrl(project)).toBe(backend);
    writeFileSync(credentials, "{");
    expect(() => backendUrl(project)).toThrow(
      new RegExp(`^${credentials}: could not be read: .*; remove it or set PULUMI_BACKEND_URL$`),
    );
  } finally {
    if (chosen !== undefined) process.env.PULUMI_BACKEND_URL = chosen;
  }
});
