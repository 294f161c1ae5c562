import * as pulumi from "@pulumi/pulumi";
import { mockPulumi, valueOf } from "../../../support/mocks";

let instances: string[] = [];
let spotInstances: string[] = [];
const asked: unknown[] = [];
mockPulumi(
  {},
  {
    "aws:ec2/getInstances:getInstances": (inputs) => {
      asked.push(inputs);
      return { ids: inputs.filters === undefined ? instances : spotInstances };
    },
    "aws:ec2/getInstance:getInstance": () => ({
      ami: "ami-0old",
      instanceType: "t3.medium",
      rootBlockDevices: [{ volumeSize: 10 }],
    }),
    "aws:ec2/getInstanceType:getInstanceType": () => ({ supportedArchitectures: ["i386", "x86_64"] }),
  },
  true,
);

import { withDefaults } from "../../../../components/machine/aws/args";
import { announceChanges, interruptions, type Traits } from "../../../../components/machine/aws/changes";

const before: Traits = {
  ...{ image: "ami-0old", instanceType: "t3.medium", rootVolumeSize: 10 },
  ...{ spot: false, architecture: "x86_64" },
};

test("what stays as it is interrupts nobody", () => {
  expect(interruptions(before, before)).toEqual([]);
});

test("another instance type says that the machine stops and starts, and what stays", () => {
  expect(interruptions(before, { ...before, instanceType: "t3.large" })).toEqual([
    expect.stringMatching(
      /from t3\.medium to t3\.large: the machine stops and starts again.*data volume.*stay$/,
    ),
  ]);
});

test("another instance type of a spot machine says that it is made anew", () => {
  const spot = { ...before, spot: true };
  expect(interruptions(spot, { ...spot, instanceType: "t3.large" })).toEqual([
    expect.stringContaining("from t3.medium to t3.large: the machine is made anew"),
  ]);
});

test("an instance type of another architecture says that the machine is made anew", () => {
  expect(interruptions(before, { ...before, instanceType: "t4g.large", architecture: "arm64" })).toEqual([
    expect.stringContaining("from t3.medium to t4g.large: the machine is made anew"),
  ]);
});

test.each([
  [true, /from on demand to spot: the machine is made anew.*what else is on its root volume goes$/],
  [false, /from spot to on demand: the machine is made anew/],
])("spare capacity or no more of it says that the machine is made anew: spot %p", (spot, sentence) => {
  expect(interruptions({ ...before, spot: !spot }, { ...before, spot })).toEqual([
    expect.stringMatching(sentence),
  ]);
});

test("another image says that the machine is made anew, and what goes", () => {
  expect(interruptions(before, { ...before, image: "ami-0new" })).toEqual([
    expect.stringMatching(
      /from ami-0old to ami-0new: the machine is made anew.*what else is on its root volume goes$/,
    ),
  ]);
});

test("a larger root volume says from when on it is there", () => {
  expect(interruptions(before, { ...before, rootVolumeSize: 20 })).toEqual([
    expect.stringMatching(/from 10 to 20 GiB: nothing is interrupted/),
  ]);
});

describe("a preview", () => {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  const machine = new pulumi.ComponentResource("remote-docker:machine:AwsMachine", "m");

  async function preview(args: Parameters<typeof withDefaults>[0]): Promise<string[]> {
    warn.mockClear();
    await valueOf(
      announceChanges(
        withDefaults({ region: "eu-central-1", ...args }),
        pulumi.output("ami-0newest"),
        pulumi.output("x86_64" as const),
        machine,
        {},
      ),
    );
    return warn.mock.calls.map(([sentence]) => sentence);
  }

  test("compares what is asked for with the stack's machine that there is", async () => {
    instances = ["i-0abc"];
    expect(await preview({ instanceType: "t3.large" })).toEqual([
      expect.stringContaining("from t3.medium to t3.large"),
    ]);
    expect(asked).toContainEqual({
      instanceTags: { "remote-docker:stack": "remote-docker/unit" },
      instanceStateNames: ["pending", "running", "stopping", "stopped"],
    });
  });

  test("knows spare capacity from the instance itself", async () => {
    [instances, spotInstances] = [["i-0abc"], ["i-0abc"]];
    expect(await preview({ spot: true })).toEqual([]);
    expect(await preview({ spot: false })).toEqual([expect.stringContaining("from spot to on demand")]);
    expect(asked).toContainEqual(
      expect.objectContaining({ filters: [{ name: "instance-lifecycle", values: ["spot"] }] }),
    );
    spotInstances = [];
  });

  test("says nothing of a newer image that nobody asked for", async () => {
    instances = ["i-0abc"];
    expect(await preview({})).toEqual([]);
    expect(await preview({ image: "latest" })).toEqual([
      expect.stringContaining("from ami-0old to ami-0newest"),
    ]);
  });

  test("says nothing where there is no machine yet", async () => {
    instances = [];
    expect(await preview({ instanceType: "t3.large", image: "latest" })).toEqual([]);
  });
});
