import { type AwsMachineArgs, awsProblems } from "../../../../components/machine/aws/args";

const refusals = (args: AwsMachineArgs): string[] =>
  awsProblems(args, { allowedCidrs: ["203.0.113.0/24"] }).map(
    ({ propertyPath, reason }) => `${propertyPath}: ${reason}`,
  );

test.each([
  [{ region: "Frankfurt" }, 'aws.region: "Frankfurt" is not an AWS region; write it like eu-central-1'],
  [{ zone: "us-east-1a" }, 'aws.zone: "us-east-1a" is not a zone of eu-central-1'],
  [{ instanceType: "big" }, 'aws.instanceType: "big" is not an instance type; write it like t3.medium'],
  [{ image: "debian" }, 'aws.image: "debian" is not an image; write latest'],
  [{ vpcId: "vpc-0abc" }, "aws.subnetId: is missing; an existing network needs both"],
  [{ subnetId: "subnet-0abc" }, "aws.vpcId: is missing; an existing network needs both"],
  [{ rootVolumeSize: 4 }, "aws.rootVolumeSize: 4 is not a size of a volume in GiB"],
  [{ dataVolume: { size: 4 } }, "aws.dataVolume.size: 4 is not a size of a volume in GiB"],
  [{ dataVolume: { type: "gp2", throughput: 200 } }, "aws.dataVolume.throughput: is for gp3 volumes"],
  [{ dataVolume: { type: "io2" } }, "aws.dataVolume.iops: is missing; an io2 volume needs it"],
  [{ dataVolume: { iops: 1000 } }, "aws.dataVolume.iops: 1000 is less than the 3000"],
  [
    { spot: true, terminationProtection: true },
    "aws.terminationProtection: EC2 can't protect a spot instance",
  ],
  [{ tags: { Name: "mine" } }, "aws.tags.Name"],
  [{ openPorts: ["http"] }, 'aws.openPorts[0]: "http" is not a port; write a number from 1 to 65535'],
  [{ openPorts: [8080, 0] }, "aws.openPorts[1]: 0 is not a port"],
  [{ openPorts: ["8080/sctp"] }, 'aws.openPorts[0]: "8080/sctp" is not a port'],
  [{ openPorts: [2376] }, "aws.openPorts[0]: 2376 is not a port that can be opened"],
  [{ openPorts: ["22/tcp"] }, 'aws.openPorts[0]: "22/tcp" is not a port that can be opened'],
  [{ openPorts: [8080, "8080/tcp"] }, "is not a list with each port once"],
  [{ colour: "blue" }, "aws.colour: there is no such key"],
])("%j is refused, and the error names the place and the remedy", (args, error) => {
  const found = refusals({ region: "eu-central-1", ...(args as AwsMachineArgs) });
  expect(found).toEqual([expect.stringContaining(error)]);
});

test("a region that nobody names is refused", () => {
  const before = process.env.AWS_REGION;
  delete process.env.AWS_REGION;
  expect(refusals({})).toEqual([expect.stringContaining("aws.region: is missing")]);
  if (before !== undefined) process.env.AWS_REGION = before;
});
