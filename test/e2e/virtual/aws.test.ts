import { CreateImageCommand, EC2Client, type Instance, StopInstancesCommand } from "@aws-sdk/client-ec2";
import { IAMClient, ListInstanceProfilesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { guestKind } from "../../support/container/container";
import { DockerClient, type DockerEnvironment, tools } from "../../support/dockerClient";
import type { Account } from "../../support/ec2/account";
import { Ec2 } from "../../support/ec2/endpoint";
import { Hypervisor } from "../../support/ec2/hypervisor";
import { ubuntu } from "../../support/ec2/image/ubuntu";
import { credentials } from "../../support/ec2/moto";
import { region, stackOn } from "../../support/ec2/stack";
import { actionsOf, neededBy, type Policy } from "../../support/ec2/policy";
import type { Call } from "../../support/ec2/query";
import { type Outcome, run, succeeded } from "../../support/run";
import type { TestStack } from "../../support/stack";

const minutes = 60_000;
jest.setTimeout(60 * minutes);

const stranger = "127.0.0.9";

/** Actions that this test doesn't come to, and what needs them. */
const elsewhere: Record<string, string> = {
  "ec2:AssignIpv6Addresses": "an existing subnet that has had no IPv6 before",
  "ec2:CancelSpotInstanceRequests": "the end of a spot instance",
  "ec2:DeleteTags": "a tag that is taken away",
  "ec2:DescribeSpotInstanceRequests": "a spot instance",
  "ec2:DescribeVolumesModifications": "a larger root volume",
  "ec2:DetachNetworkInterface": "destroy after a refresh, which notes the interface's attachment",
  "ec2:ModifyInstanceMetadataOptions": "somebody has changed them by hand",
  "ec2:ModifyNetworkInterfaceAttribute": "another description",
  "ec2:ModifySecurityGroupRules": "another description",
};

let ec2: Ec2;
let account: Account;
let stack: TestStack;
let first: Outcome;
/** Of an image that the machine can't be made from. */
let wrongImage: Outcome;
let outputs: Record<string, unknown>;
let docker: DockerClient;
/** One's own: the machine's root volume with all its packages. */
let image: string | undefined;
/** Until the stack was taken away: what comes then is this test's own. */
let calls: Call[];

interface Changes {
  cidrs?: string[];
  instanceType?: string;
  size?: number;
  image?: string;
}

function configure({ cidrs = ["127.0.0.1/32"], instanceType = "t3.small", size = 8, image }: Changes): void {
  stack.configure({
    machine: "aws",
    aws: { region, instanceType, dataVolume: { size }, ...(image === undefined ? {} : { image }) },
    allowedCidrs: cidrs,
    clients: [{ name: "alice" }],
  });
}

beforeAll(async () => {
  // What needs a real kernel, and disks as Nitro shows them, comes after the machine was made anew from this image.
  ec2 = await Ec2.start(new Hypervisor(({ ImageId }) => (ImageId === image ? "emulated" : guestKind())));
  account = ec2.account(region);
  stack = stackOn(ec2);
  await stack.init();
  configure({});
  [first, wrongImage] = await Promise.all([up(), upWithUbuntu()]);
  outputs = await stack.outputs();
  docker = new DockerClient(outputs as unknown as DockerEnvironment);
  await docker.importTools();
});

afterAll(async () => {
  docker?.remove();
  await ec2?.stop();
  stack?.remove();
});

/** An up of a stack beside this one, which it leaves alone, and its end. */
async function upWithUbuntu(): Promise<Outcome> {
  const other = stackOn(ec2, "ubuntu");
  try {
    await other.init();
    other.configure({
      machine: "aws",
      // One processor leaves the other machine the other one.
      aws: { region, instanceType: "t2.small", dataVolume: { size: 8 }, image: ubuntu },
      allowedCidrs: ["127.0.0.1/32"],
      clients: [{ name: "alice" }],
    });
    const outcome = await other.up();
    succeeded(await other.destroy());
    return outcome;
  } finally {
    other.remove();
  }
}

/** An up that has to succeed; otherwise the error shows the consoles as well. */
async function up(...args: string[]): Promise<Outcome> {
  const outcome = await stack.up(...args);
  if (outcome.status === 0) return outcome;
  const ids = (await account.instances()).map(({ InstanceId = "" }) => InstanceId);
  throw new Error(
    [outcome.stdout, outcome.stderr, ...ids.map((id) => ec2.console(id).slice(-4000))].join("\n"),
  );
}

/** The instance that isn't terminated. */
async function instance(): Promise<Instance> {
  const found = (await account.instances()).filter(({ State }) => State?.Name !== "terminated");
  expect(found).toHaveLength(1);
  return found[0];
}

/** Names of the calls that change something, since a moment. */
function changing(since: number): string[] {
  const reads = /^(Describe|Get|List)/;
  return ec2.calls.slice(since).flatMap(({ action }: Call) => (reads.test(action) ? [] : [action]));
}

/** A request of curl's to the daemon from one of this computer's own addresses, as alice. */
function curl(from: string, ...more: string[]): Promise<Outcome> {
  const folder = outputs.DOCKER_CERT_PATH as string;
  const url = (outputs.DOCKER_HOST as string).replace("tcp:", "https:");
  const identity = ["--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"];
  const asking = ["curl", "--silent", "--show-error", "--max-time", "60", "--interface", from];
  return run([...asking, ...more, ...identity, `${url}/version`], { cwd: folder });
}

/** Waits until the daemon answers, as it doesn't while the machine starts. */
async function comesBack(): Promise<void> {
  const patience = ["--retry", "600", "--retry-delay", "1", "--retry-all-errors", "--retry-max-time", "900"];
  succeeded(await curl("127.0.0.1", ...patience));
}

/** Runs a command on the machine as the operator. */
function machine(command: string): Promise<Outcome> {
  const ssh = `${outputs.sshCommand as string} -o BatchMode=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=8 '${command}'`;
  return run(["bash", "-c", ssh], { env: stack.environment });
}

/** The certificate that the front door shows. */
async function serverCertificate(): Promise<string> {
  const address = (outputs.DOCKER_HOST as string).replace("tcp://", "");
  const shown = await run(["openssl", "s_client", "-connect", address, "-showcerts"]);
  return /-----BEGIN CERTIFICATE-----[^]*?-----END/.exec(shown.stdout)?.[0] ?? shown.stderr;
}

/** GiB of the file system at /var/lib/docker. */
async function sizeOfDocker(): Promise<number> {
  const { stdout } = succeeded(await machine("df --block-size=1M --output=size /var/lib/docker | tail -n 1"));
  return Number(stdout) / 1024;
}

function api(): EC2Client {
  return new EC2Client({ endpoint: ec2.url, region, credentials });
}

async function stop({ InstanceId = "" }: Instance): Promise<void> {
  await api().send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
  expect((await curl("127.0.0.1")).status).not.toBe(0);
}

/** Somebody's container, which goes on until it is ended. */
async function startJob(): Promise<void> {
  await docker.out("run", "-d", "--name", "job", tools, "sleep", "100000");
}

async function endJob(): Promise<void> {
  expect(await docker.out("ps", "--format", "{{.Names}} {{.Status}}")).toMatch(/^job Up/);
  await docker.out("rm", "-f", "job");
}

describe("after the first up", () => {
  test("clients dial the Elastic IP, and the ordinary docker client works", async () => {
    const [address, ...others] = await account.addresses();
    expect(others).toEqual([]);
    expect(outputs.DOCKER_HOST).toBe(`tcp://${address.PublicIp}:2376`);
    expect(await docker.out("run", "--rm", tools, "echo", "on EC2")).toBe("on EC2");
  });

  test("the preview's warnings and outputs tell what it costs", () => {
    expect(first.stdout).toMatch(/estimatedMonthlyCost/);
  });

  test("an address that isn't allowed reaches nothing", async () => {
    expect(succeeded(await curl("127.0.0.1")).stdout).toContain("ApiVersion");
    const refused = await curl(stranger);
    expect(refused.status).not.toBe(0);
    expect(refused.stdout).toBe("");
  });

  test("only the front door's port is open, from the allowed block alone, and everything is encrypted", async () => {
    const { NetworkInterfaces = [], MetadataOptions } = await instance();
    const groups = NetworkInterfaces.flatMap(({ Groups = [] }) => Groups);
    const rules = await Promise.all(groups.map(({ GroupId }) => account.securityGroupRules(GroupId ?? "")));
    const ingress = rules.flat().filter(({ IsEgress }) => !IsEgress);
    expect(ingress).toMatchObject([
      { IpProtocol: "tcp", FromPort: 2376, ToPort: 2376, CidrIpv4: "127.0.0.1/32" },
    ]);
    expect(MetadataOptions).toMatchObject({ HttpTokens: "required", HttpPutResponseHopLimit: 1 });
    const volumes = await account.volumes();
    expect(volumes.map(({ Encrypted, VolumeType }) => [Encrypted, VolumeType])).toEqual([
      [true, "gp3"],
      [true, "gp3"],
    ]);
  });

  test("another up changes nothing, and says so", async () => {
    const since = ec2.calls.length;
    await up("--expect-no-changes");
    expect(changing(since)).toEqual([]);
  });
});

describe("a first boot that fails", () => {
  test("ends up as soon as the machine says so, with the end of its console", () => {
    expect(wrongImage.status).not.toBe(0);
    expect(wrongImage.stdout).toMatch(
      /The machine i-\w+ didn't open its front door at .*: its first boot failed/,
    );
    expect(wrongImage.stdout).toMatch(
      /The end of its console[^]*the image's system is Ubuntu 24\.04\.3 LTS, and the machine needs Debian 13/,
    );
  });

  test("is watched on the console until then", () => {
    expect(wrongImage.stdout).toMatch(/on the machine: Cloud-init v\. .* running 'init'/);
  });
});

describe("another CIDR block", () => {
  test("changes rules and nothing else, while a container runs", async () => {
    await startJob();
    const since = ec2.calls.length;
    configure({ cidrs: ["127.0.0.1/32", `${stranger}/32`] });
    await up();
    expect(changing(since)).toEqual(["AuthorizeSecurityGroupIngress"]);
    expect(succeeded(await curl(stranger)).stdout).toContain("ApiVersion");
    configure({});
    await up();
    expect(changing(since)).toEqual(["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]);
    expect((await curl(stranger)).status).not.toBe(0);
    await endJob();
  });
});

describe("changes that interrupt", () => {
  let before: Instance;
  let certificate: string;

  beforeAll(async () => {
    before = await instance();
    certificate = await serverCertificate();
  });

  test("after a reboot the daemon is back by itself, and there is nothing to change", async () => {
    const boot = () => machine("cat /proc/sys/kernel/random/boot_id");
    const earlier = succeeded(await boot()).stdout;
    // Its connection ends with the machine.
    await machine("sudo -n systemctl reboot; sleep infinity");
    await comesBack();
    expect(succeeded(await boot()).stdout).not.toBe(earlier);
    await up("--expect-no-changes");
  });

  test("another image makes the instance anew, with its address and what is on the data volume", async () => {
    await stop(before);
    const made = await api().send(
      new CreateImageCommand({ InstanceId: before.InstanceId, Name: "with-docker" }),
    );
    image = made.ImageId;
    configure({ image });
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toMatch(/docker-machine-instance/);
    await up();
    const after = await instance();
    expect(after.InstanceId).not.toBe(before.InstanceId);
    expect(after).toMatchObject({ ImageId: image, PublicIpAddress: before.PublicIpAddress });
    expect(await serverCertificate()).toBe(certificate);
    expect(await docker.out("run", "--rm", tools, "echo", "still here")).toBe("still here");
    await up("--expect-no-changes");
  });

  test("an image that has all packages needs no mirror", async () => {
    const console = ec2.console((await instance()).InstanceId ?? "");
    expect(console).toContain("the front door is open");
    expect(console).not.toMatch(/package lists|installing/);
  });

  test("what containers leave is on the data volume", async () => {
    const { stdout } = succeeded(
      await machine("findmnt -no SOURCE /var/lib/docker; cat /sys/block/vda/serial"),
    );
    const data = (await account.volumes()).find(({ Size }) => Size === 8)?.VolumeId ?? "";
    expect(stdout.split("\n")).toEqual(expect.arrayContaining(["/dev/vda", data.replace("-", "")]));
  });

  test("a larger data volume grows while it is in use, and a container runs on", async () => {
    await startJob();
    expect(await sizeOfDocker()).toBeLessThan(8);
    configure({ size: 10, image });
    await up();
    expect(await sizeOfDocker()).toBeGreaterThan(9);
    await endJob();
  });

  test("a bigger type starts a stopped machine, which keeps address, disk and certificates", async () => {
    const former = await instance();
    await stop(former);
    configure({ size: 10, image, instanceType: "t3.medium" });
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toMatch(/~.*docker-machine-instance/);
    await up();
    const after = await instance();
    expect(after).toMatchObject({ InstanceId: former.InstanceId, InstanceType: "t3.medium" });
    expect(after.PublicIpAddress).toBe(before.PublicIpAddress);
    await comesBack();
    expect(await serverCertificate()).toBe(certificate);
    expect(await docker.out("run", "--rm", tools, "echo", "still here")).toBe("still here");
    expect(Number(await docker.out("info", "--format", "{{.MemTotal}}"))).toBeGreaterThan(3 * 2 ** 30);
  });
});

describe("after destroy", () => {
  beforeAll(async () => {
    succeeded(await stack.destroy());
    calls = ec2.calls.filter(({ action }) => action !== "CreateImage");
  });

  test("nothing is left in the account but what was there before", async () => {
    const states = (await account.instances()).map(({ State }) => State?.Name);
    expect(new Set(states)).toEqual(new Set(["terminated"]));
    expect(await account.volumes()).toEqual([]);
    expect(await account.addresses()).toEqual([]);
    expect(await account.networkInterfaces()).toEqual([]);
    expect((await account.securityGroups()).map(({ GroupName }) => GroupName)).toEqual(["default"]);
    expect((await account.vpcs()).map(({ IsDefault }) => IsDefault)).toEqual([true]);
    const iam = new IAMClient({ endpoint: ec2.url, region, credentials });
    expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles).toEqual([]);
  });

  test("the stack holds no resource", () => {
    expect(JSON.parse(stack.state()).checkpoint.latest.resources ?? []).toEqual([]);
  });
});

describe("the least IAM policy", () => {
  const file = join(__dirname, "../../../docs/aws/policy.json");
  const policy = JSON.parse(readFileSync(file, "utf8")) as Policy;

  test("allows every call that was made", () => {
    expect(neededBy(calls).filter((action) => !actionsOf(policy).includes(action))).toEqual([]);
  });

  test("allows nothing else but what is needed where this test doesn't come to", () => {
    const needed = [...neededBy(calls), ...Object.keys(elsewhere)];
    expect(actionsOf(policy).filter((action) => !needed.includes(action))).toEqual([]);
  });

  test("names each action, without wildcards", () => {
    expect(actionsOf(policy).filter((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action))).toEqual([]);
  });
});
