import { rootsOf, rotationProblems, rotationSchema } from "../../../components/authority/rotation";
import { problems } from "../../../components/validation";

test.each([
  [undefined, { trusted: [1], server: 1, clients: 1 }],
  [3, { trusted: [3], server: 3, clients: 3 }],
  ["1+2", { trusted: [1, 2], server: 1, clients: 2 }],
  ["9 + 10", { trusted: [9, 10], server: 9, clients: 10 }],
])("%p names the roots that are trusted, and who signs by which", (root, roots) => {
  expect(problems(rotationSchema, { root })).toEqual([]);
  expect(rootsOf({ root })).toEqual(roots);
});

test.each([0, -1, 1.5, "", "one", "1+", "1+3", "2+1", "1+2+3", true])(
  "%p is refused as a root, with what would be right",
  (root) => {
    const [{ propertyPath, reason }] = problems(rotationSchema, { root }, "rotation");
    expect(propertyPath).toBe("rotation.root");
    expect(reason).toContain("is not a root, like 1, or two roots that follow one another");
  },
);

test.each(["server", "inner"])("a generation of %s that is no whole number from 1 is refused", (key) => {
  for (const value of [0, 1.5, "2"]) {
    expect(problems(rotationSchema, { [key]: value }, "rotation")[0].propertyPath).toBe(`rotation.${key}`);
  }
});

test("somebody who is to be left behind, but is no client, is reported", () => {
  expect(
    rotationProblems({ leaveBehind: ["bob", "eve"] }, [{ name: "bob" }, { name: "ci" }], "rotation"),
  ).toEqual([
    {
      propertyPath: "rotation.leaveBehind[1]",
      reason: '"eve" is not the name of a client; remove it, or write one of bob, ci',
    },
  ]);
});
