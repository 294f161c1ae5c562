import { needsOf } from "../../../scripts/tests/setup";

const nothing = { machine: false, emulation: false, emulatedMachines: false, adoptedHosts: false };

test.each([
  ["test/unit/scripts/project.test.ts", nothing],
  ["test/e2e/engineCommandLine.test.ts", nothing],
  ["test/e2e/comeAndGo.test.ts", { ...nothing, machine: true }],
  // By way of test/support/hosts.
  ["test/e2e/frontDoor.test.ts", { ...nothing, machine: true, adoptedHosts: true }],
  ["test/e2e/adoptedHost.test.ts", { ...nothing, machine: true, adoptedHosts: true }],
  // By what it runs: test/e2e/fixtures/endlessInstance.ts.
  ["test/e2e/killedRun.test.ts", { ...nothing, machine: true, emulation: true, emulatedMachines: true }],
  ["test/api/awsResources.test.ts", { ...nothing, emulation: true }],
  ["test/e2e/virtual/aws.test.ts", { ...nothing, machine: true, emulation: true, emulatedMachines: true }],
])("set-up knows what a test file needs: %s", (file, needs) => {
  expect(needsOf([file])).toEqual(needs);
});

test("set-up prepares for all of the chosen files", () => {
  const files = ["test/e2e/comeAndGo.test.ts", "test/api/awsResources.test.ts"];
  expect(needsOf(files)).toEqual({ ...nothing, machine: true, emulation: true });
});
