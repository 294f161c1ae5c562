import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasResources } from "../../../scripts/backend";
import { nameOf } from "../../../scripts/stack";

const folder = mkdtempSync(join(tmpdir(), "backend-"));
const stacks = join(folder, ".pulumi/stacks/remote-docker");
afterAll(() => rmSync(folder, { recursive: true }));

function stack(name: string, resources?: object[]): void {
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, `${name}.json`), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

test("what the stacks of a checkout share is needed while one of them has something", () => {
  expect(hasResources({}, folder)).toBe(false);
  stack("empty");
  expect(hasResources({}, folder)).toBe(false);
  stack("other", [{ urn: "urn" }]);
  expect(hasResources({}, folder)).toBe(true);
});

test("of a backend that isn't the checkout's own, nobody knows that nothing is left", () => {
  expect(hasResources({ PULUMI_BACKEND_URL: "file:///elsewhere" }, folder)).toBe(true);
});

test.each([
  ["prod", "prod"],
  ["remote-docker/prod", "prod"],
  ["organization/remote-docker/prod", "prod"],
])("the stack %s has the files of %s", (stackName, name) => {
  expect(nameOf(stackName)).toBe(name);
});
