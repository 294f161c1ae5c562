/** @jest-environment ./test/support/endToEndEnvironment.ts */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../support/ec2/account";
import { Banners } from "../support/ec2/banner";
import { Ec2 } from "../support/ec2/endpoint";
import { actionsOf, neededBy, type Policy } from "../support/ec2/policy";
import { region, stackOn } from "../support/ec2/stack";
import { type Outcome, succeeded } from "../support/run";
import type { TestStack } from "../support/stack";

// The machine on AWS alone, on an API without machines behind it: what is made, changed and taken away.
jest.setTimeout(10 * 60_000);

const armImage = "ami-0d1a5b0c7e2f40312";

/** Actions for Systems Manager that these tests don't come to, and what needs them. */
const elsewhere: Record<string, string> = {
  "ec2:ReplaceIamInstanceProfileAssociation": "a profile again after there was none",
};

let ec2: Ec2;
let account: Account;
let stack: TestStack;

function program(settings: object, cidrs = ["127.0.0.1/32"]): void {
  const args = { region, instanceType: "t3.small", dataVolume: { size: 8 }, ...settings };
  const text = `import { AwsMachine } from "./components/machine/aws/awsMachine";
const machine = new AwsMachine("m", ${JSON.stringify(args)}, ${JSON.stringify({ allowedCidrs: cidrs })});
export const { address, incarnation } = machine;
`;
  writeFileSync(join(stack.project, "index.ts"), text);
}

beforeAll(async () => {
  ec2 = await Ec2.start(await Banners.start());
  account = ec2.account(region);
  stack = stackOn(ec2);
  await stack.init();
  program({});
  succeeded(await stack.up());
});

afterAll(async () => {
  await ec2?.stop();
  stack?.remove();
});

/** The instance that isn't terminated. */
async function instance() {
  const found = (await account.instances()).filter(({ State }) => State?.Name !== "terminated");
  expect(found).toHaveLength(1);
  return found[0];
}

const reads = /^(Describe|Get|List)/;

/** Names of the calls that change something, made by an up. */
async function callsOf(up: () => Promise<Outcome>): Promise<string[]> {
  const since = ec2.calls.length;
  succeeded(await up());
  return ec2.calls.slice(since).flatMap(({ action }) => (reads.test(action) ? [] : [action]));
}

test("another region is refused and changes nothing, even without a preview", async () => {
  program({ region: "eu-west-1" });
  const since = ec2.calls.length;
  const refused = await stack.up();
  expect(refused.status).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain(
    `remote-docker:aws.region: the machine is in ${region} and can't move to eu-west-1`,
  );
  expect(ec2.calls.slice(since).filter(({ action }) => !reads.test(action))).toEqual([]);
  program({});
  expect(await callsOf(() => stack.up("--expect-no-changes"))).toEqual([]);
});

test("another CIDR block is one rule more, one less is one rule less", async () => {
  program({}, ["127.0.0.1/32", "203.0.113.0/24", "2001:db8::/32"]);
  const added = await callsOf(() => stack.up());
  expect(added).toEqual(["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]);
  program({});
  const removed = await callsOf(() => stack.up());
  expect(removed).toEqual(["RevokeSecurityGroupIngress", "RevokeSecurityGroupIngress"]);
});

test("larger volumes are modified and nothing is stopped", async () => {
  program({ dataVolume: { size: 10, iops: 4000 }, rootVolumeSize: 12 });
  expect(await callsOf(() => stack.up())).toEqual(["ModifyVolume", "ModifyVolume"]);
  expect((await account.volumes()).map(({ Size }) => Size).sort()).toEqual([10, 12]);
});

test("another type of the same architecture stops and starts the same instance", async () => {
  const before = await instance();
  program({ dataVolume: { size: 10, iops: 4000 }, rootVolumeSize: 12, instanceType: "t3.medium" });
  expect(await callsOf(() => stack.up())).toEqual([
    "StopInstances",
    "ModifyInstanceAttribute",
    "StartInstances",
  ]);
  expect(await instance()).toMatchObject({
    InstanceId: before.InstanceId,
    InstanceType: "t3.medium",
    PublicIpAddress: before.PublicIpAddress,
  });
});

test("another architecture makes the instance anew with the same address and data volume", async () => {
  const before = await instance();
  const volumeOf = (found: typeof before) =>
    found.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === "/dev/sdf")?.Ebs?.VolumeId;
  program({ dataVolume: { size: 10, iops: 4000 }, rootVolumeSize: 12, instanceType: "t4g.small" });
  succeeded(await stack.up());
  const after = await instance();
  expect(after.InstanceId).not.toBe(before.InstanceId);
  const { PublicIpAddress } = before;
  expect(after).toMatchObject({ ImageId: armImage, InstanceType: "t4g.small", PublicIpAddress });
  expect(volumeOf(after)).toBe(volumeOf(before));
  expect(await callsOf(() => stack.up("--expect-no-changes"))).toEqual([]);
});

test("a protected machine is not destroyed, and one that isn't any more leaves nothing", async () => {
  const settings = { dataVolume: { size: 10, iops: 4000 }, rootVolumeSize: 12, instanceType: "t4g.small" };
  program({ ...settings, terminationProtection: true });
  succeeded(await stack.up());
  expect((await stack.destroy()).status).not.toBe(0);
  await instance();
  program(settings);
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  expect((await account.instances()).every(({ State }) => State?.Name === "terminated")).toBe(true);
  expect(await account.volumes()).toEqual([]);
  expect(await account.addresses()).toEqual([]);
  expect(await account.networkInterfaces()).toEqual([]);
  expect((await account.securityGroups()).map(({ GroupName }) => GroupName)).toEqual(["default"]);
  expect((await account.vpcs()).map(({ IsDefault }) => IsDefault)).toEqual([true]);
});

test("a running machine takes a profile for Systems Manager, and keeps on running", async () => {
  program({ tags: { team: "build" } });
  succeeded(await stack.up());
  const before = await instance();
  program({ ssm: true, tags: { team: "build" } });
  expect(await callsOf(() => stack.up())).toContain("AssociateIamInstanceProfile");
  const after = await instance();
  expect(after.InstanceId).toBe(before.InstanceId);
  expect(after.IamInstanceProfile?.Arn).toBeDefined();
});

test("another tag is a tag of everything, and no other change", async () => {
  program({ ssm: true, tags: { crew: "build" } });
  const calls = new Set(await callsOf(() => stack.up()));
  const ofRole = ["TagInstanceProfile", "TagRole", "UntagInstanceProfile", "UntagRole"];
  expect([...calls].sort()).toEqual(["CreateTags", "DeleteTags", ...ofRole]);
});

test("a machine of spare capacity is another one, and so is the one that it was before", async () => {
  const before = await instance();
  program({ ssm: true, spot: true });
  succeeded(await stack.up());
  const spot = await instance();
  expect(spot.InstanceLifecycle).toBe("spot");
  expect(spot.InstanceId).not.toBe(before.InstanceId);
  program({ ssm: true });
  const calls = await callsOf(() => stack.up());
  // A persistent request that isn't cancelled starts another instance.
  expect(calls.filter((action) => /Spot|Terminate/.test(action))).toEqual([
    "CancelSpotInstanceRequests",
    "TerminateInstances",
  ]);
  expect((await instance()).InstanceLifecycle).toBeUndefined();
});

test("a data volume of another type has the speed of that, there and back", async () => {
  const speed = async (type: string) => {
    program({ ssm: true, dataVolume: { size: 8, type } });
    succeeded(await stack.up());
    const { VolumeType, Iops } = (await account.volumes()).find(({ Size }) => Size === 8) ?? {};
    return [VolumeType, Iops];
  };
  expect((await speed("gp2"))[0]).toBe("gp2");
  expect(await speed("gp3")).toEqual(["gp3", 3000]);
});

test("a data volume that is kept", async () => {
  program({ ssm: true, keepDataVolume: true });
  succeeded(await stack.up());
  succeeded(await stack.destroy());
  expect((await account.volumes()).map(({ Size, State }) => [Size, State])).toEqual([[8, "available"]]);
});

test("an existing subnet: a way out that it lacks is said, and nothing of its network is made or taken away", async () => {
  const { vpcId, subnetId, addWayOut } = await account.newNetwork();
  program({ vpcId, subnetId });
  const preview = async () => succeeded(await stack.preview()).stdout;
  expect(await preview()).toContain(`"${subnetId}" has no route for 0.0.0.0/0 to an internet gateway`);
  await addWayOut();
  expect(await preview()).not.toContain("0.0.0.0/0");
  const ofNetwork = /(Vpc|Subnet|Gateway|Route\w*)$/;
  expect((await callsOf(() => stack.up())).filter((action) => ofNetwork.test(action))).toEqual([]);
  expect(await instance()).toMatchObject({ VpcId: vpcId, SubnetId: subnetId });
  expect((await callsOf(() => stack.destroy())).filter((action) => ofNetwork.test(action))).toEqual([]);
  expect(await account.subnet(subnetId)).toMatchObject({ VpcId: vpcId });
});

describe("the IAM policies", () => {
  const [policy, more] = ["policy", "policy-ssm"].map((name) => {
    const file = join(__dirname, "../../docs/aws", `${name}.json`);
    return actionsOf(JSON.parse(readFileSync(file, "utf8")) as Policy);
  });

  test("allow every call of these machines together", () => {
    const needed = neededBy(ec2.calls);
    expect(needed.filter((action) => ![...policy, ...more].includes(action))).toEqual([]);
  });

  test("the one for Systems Manager allows nothing else", () => {
    const needed = [...neededBy(ec2.calls), ...Object.keys(elsewhere)];
    expect(more.filter((action) => !needed.includes(action) || policy.includes(action))).toEqual([]);
  });
});
