import { InputPropertiesError } from "@pulumi/pulumi";
import { z } from "zod";
import { problems, refuse } from "../../components/validation";

const schema = z.strictObject({
  cpus: z
    .int("a number of processors; write a whole number from 1 to 64")
    .min(1, "a number of processors; write 1 or more")
    .optional(),
  clients: z.array(z.strictObject({ name: z.string("a name") })),
});

test("a wrong value is reported with its place, the value and what would be right", () => {
  expect(problems(schema, { cpus: "two", clients: [] })).toEqual([
    {
      propertyPath: "cpus",
      reason: '"two" is not a number of processors; write a whole number from 1 to 64',
    },
  ]);
});

test("an unknown key is reported with the keys that exist, at any depth", () => {
  expect(problems(schema, { cpu: 2, clients: [{ name: "a", nmae: "b" }] })).toEqual([
    { propertyPath: "clients[0].nmae", reason: "there is no such key; remove it, or write one of name" },
    { propertyPath: "cpu", reason: "there is no such key; remove it, or write one of cpus, clients" },
  ]);
});

test("a missing value is said to be missing", () => {
  expect(problems(schema, { clients: [{}] }, "local")).toEqual([
    { propertyPath: "local.clients[0].name", reason: "is missing; write a name" },
  ]);
});

test("arguments that are fine have no problems, and nothing is refused", () => {
  const found = problems(schema, { cpus: 2, clients: [{ name: "a" }] });
  expect(found).toEqual([]);
  expect(() => refuse(found)).not.toThrow();
});

test("a refusal names every problem at once", () => {
  const found = [
    { propertyPath: "a", reason: "is wrong" },
    { propertyPath: "b", reason: "is worse" },
  ];
  expect(() => refuse(found)).toThrow(InputPropertiesError);
  expect(() => refuse(found)).toThrow("a: is wrong\nb: is worse");
});
