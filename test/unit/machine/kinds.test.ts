import { machineProblems, newMachine } from "../../../components/machine/kinds";

const makeLocal = jest.fn();
jest.mock("../../../components/machine/local/localMachine", () => ({
  LocalMachine: function LocalMachine(...args: unknown[]) {
    makeLocal(...args);
  },
}));
jest.mock("../../../components/machine/aws/awsMachine", () => {
  throw new Error("AWS's SDK is loaded");
});

test("a local stack doesn't load AWS's SDK, which would cost it time and memory", () => {
  newMachine("m", { local: { cpus: 4 } }, {});
  expect(makeLocal).toHaveBeenCalledWith("m", { cpus: 4 }, {}, undefined);
  expect(() => newMachine("m", { machine: "aws" }, {})).toThrow("AWS's SDK is loaded");
});

test("allowed CIDR blocks are refused for a local machine, with what counts there", () => {
  expect(machineProblems({ allowedCidrs: ["203.0.113.0/24"] })).toEqual([
    { propertyPath: "allowedCidrs", reason: expect.stringContaining("local.bind") as string },
  ]);
  expect(machineProblems({ machine: "local" })).toEqual([]);
});

test("a machine on AWS without them is refused before anything else is looked at", () => {
  const found = machineProblems({ machine: "aws", aws: { region: "eu-central-1" } });
  expect(found.map(({ propertyPath }) => propertyPath)).toEqual(["allowedCidrs"]);
});
