import { seconds } from "../../../engine/monitor/goalOf.ts";
import { Secret } from "../../../engine/providers/provider.ts";
import { covered, keepOld, parsePath } from "../../../engine/steps/propertyPath.ts";

describe("a property path", () => {
  test.each([
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['a["b.c"].d', ["a", "b.c", "d"]],
    ["a[*].b", ["a", "*", "b"]],
  ])("%s is read in its parts", (path, keys) => expect(parsePath(path)).toEqual(keys));

  test("what is no path is refused with what would be one", () => {
    expect(() => parsePath("a[")).toThrow("a[ is not a property path");
  });
});

describe("ignoreChanges", () => {
  test.each([
    ["a value", { a: 1 }, { a: 2 }, ["a"], { a: 2 }],
    ["a part", { a: { b: 1, c: 1 } }, { a: { b: 2, c: 2 } }, ["a.b"], { a: { b: 2, c: 1 } }],
    ["what is new", { a: 1, b: 1 }, { b: 1 }, ["a"], { b: 1 }],
    ["what is gone", { b: 1 }, { a: 1, b: 1 }, ["a"], { a: 1, b: 1 }],
  ])("keeps %s as it was", (_what, news, olds, paths, result) => {
    expect(keepOld(news, olds, paths)).toEqual(result);
  });

  test("a part of a secret stays secret", () => {
    const kept = keepOld({ a: new Secret({ b: 1, c: 1 }) }, { a: new Secret({ b: 2, c: 2 }) }, ["a.b"]);
    expect(kept).toEqual({ a: new Secret({ b: 2, c: 1 }) });
  });
});

test.each([
  [["triggers[*]"], ["triggers"]],
  [["triggers"], ["triggers"]],
  [["other"], []],
])("replaceOnChanges of %j replaces for %j", (paths, names) => {
  expect(covered(paths, ["triggers", "stdin"])).toEqual(names);
});

test.each([
  ["90s", 90],
  ["1h30m", 5400],
  ["500ms", 0.5],
])("customTimeouts: %s is %d seconds", (text, value) => expect(seconds(text)).toBe(value));

test("customTimeouts: what is no duration is refused", () => {
  expect(() => seconds("5 minutes")).toThrow("5 minutes is not a duration; write it like 90s, 5m or 1h30m");
});
