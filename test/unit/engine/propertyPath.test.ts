import { seconds } from "../../../engine/monitor/goalOf.ts";
import { type PropertyMap, type PropertyValue, Secret, UNKNOWN } from "../../../engine/providers/provider.ts";
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
    [
      "each element",
      { l: [{ x: 1 }, { x: 1 }] },
      { l: [{ x: 2 }, { x: 3 }] },
      ["l[*].x"],
      { l: [{ x: 2 }, { x: 3 }] },
    ],
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

describe("replaceOnChanges", () => {
  test.each<[string, PropertyValue, PropertyValue, boolean]>([
    ["triggers[*]", [1], [2], true],
    ["triggers[1]", [1], [2], false],
    ["triggers[1]", [1], [1, 2], true],
    ["*", 1, 2, true],
    ["other", 1, 2, false],
    ["triggers.a", { a: 1, b: 1 }, { a: 1, b: 2 }, false],
    ["triggers.a", { a: 1, b: 1 }, { b: 1 }, true],
    ["triggers.a", { a: { c: 1 } }, { a: { c: 2 } }, true],
    ["triggers.a.c", { a: { c: 1 } }, { a: { d: 1 } }, true],
    ["triggers.a[0].*", { a: [{ c: 1 }, { c: 1 }] }, { a: [{ c: 1 }, { c: 2 }] }, false],
    ["triggers.a[1].*", { a: [{ c: 1 }, { c: 1 }] }, { a: [{ c: 1 }, { c: 2 }] }, true],
    ["triggers.a", { a: 1 }, { a: UNKNOWN }, true],
  ])("%s, from %j to %j: %s", (path, old, now, expected) => {
    const names = covered([path], ["triggers"], { triggers: old }, { triggers: now });
    expect(names).toEqual(expected ? ["triggers"] : []);
  });

  test.each<[string, PropertyMap, PropertyMap]>([
    ["what is new as a whole", {}, { triggers: { a: 1 } }],
    ["a secret", { triggers: new Secret({ a: 1 }) }, { triggers: new Secret({ a: 2 }) }],
  ])("%s has changed as a whole, not in a part", (_what, olds, news) => {
    expect(covered(["triggers.a"], ["triggers"], olds, news)).toEqual([]);
    expect(covered(["triggers"], ["triggers"], olds, news)).toEqual(["triggers"]);
  });

  test("what a provider calls changed although it is equal has changed as a whole", () => {
    expect(covered(["*"], ["ready"], {}, {})).toEqual(["ready"]);
  });
});

test.each([
  ["90s", 90],
  ["1h30m", 5400],
  ["500ms", 0.5],
])("customTimeouts: %s is %d seconds", (text, value) => expect(seconds(text)).toBe(value));

test("customTimeouts: what is no duration is refused", () => {
  expect(() => seconds("5 minutes")).toThrow("5 minutes is not a duration; write it like 90s, 5m or 1h30m");
});
