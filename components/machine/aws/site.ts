import {
  getSubnet,
  InternetGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  Vpc,
} from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { AwsMachineSettings } from "./args";
import { tagsOf } from "./tags";
import { warnWithoutWayOut } from "./wayOut";

/** The subnet that the machine is in. */
export interface Site {
  vpcId: pulumi.Input<string>;
  subnetId: pulumi.Input<string>;
  /** Undefined where the subnet has no IPv6. */
  ipv6AddressCount: pulumi.Input<number | undefined>;
  /** What leads from the subnet to the internet, as far as it is ours. */
  ready: pulumi.Resource[];
}

/** An existing subnet, looked for once the region is right; one that isn't in the given VPC is refused. */
export function existingSite(
  { vpcId, subnetId }: { vpcId: string; subnetId: string },
  region: pulumi.Output<string>,
  machine: pulumi.Resource,
  invoke: pulumi.InvokeOptions,
): Site & { zone: pulumi.Output<string> } {
  // With an output as its input, a first preview would leave the question out.
  const subnet = region.apply(async () => {
    const found = await getSubnet({ id: subnetId }, invoke);
    if (found.vpcId !== vpcId) {
      throw new pulumi.RunError(
        `remote-docker:aws.subnetId: "${found.id}" is in ${found.vpcId}, not in "${vpcId}"; write a subnet of the VPC in aws.vpcId`,
      );
    }
    await warnWithoutWayOut(found, machine, invoke);
    return found;
  });
  return {
    vpcId,
    subnetId: subnet.id,
    ipv6AddressCount: subnet.ipv6CidrBlock.apply((block) => (block ? 1 : undefined)),
    zone: subnet.availabilityZone,
    ready: [],
  };
}

/** Apart from the ranges that Docker gives to containers' networks (172.17.0.0/12 and 192.168.0.0/16). */
const ipv4Block = "10.76.0.0/24";

/** A VPC with one public subnet, IPv4 and IPv6, for this machine alone. */
export function newSite(
  name: string,
  zone: pulumi.Input<string>,
  tags: AwsMachineSettings["tags"],
  opts: pulumi.CustomResourceOptions,
): Site {
  const vpc = new Vpc(
    `${name}-vpc`,
    {
      cidrBlock: ipv4Block,
      assignGeneratedIpv6CidrBlock: true,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: tagsOf(tags, "vpc"),
    },
    opts,
  );
  const subnet = new Subnet(
    `${name}-subnet`,
    {
      vpcId: vpc.id,
      cidrBlock: ipv4Block,
      ipv6CidrBlock: vpc.ipv6CidrBlock.apply((block) => block.replace(/\/\d+$/, "/64")),
      availabilityZone: zone,
      tags: tagsOf(tags, "subnet"),
    },
    opts,
  );
  const gateway = new InternetGateway(
    `${name}-internet-gateway`,
    { vpcId: vpc.id, tags: tagsOf(tags, "internet-gateway") },
    opts,
  );
  const table = new RouteTable(
    `${name}-route-table`,
    { vpcId: vpc.id, tags: tagsOf(tags, "route-table") },
    opts,
  );
  const wayOut = { routeTableId: table.id, gatewayId: gateway.id };
  const ready = [
    new Route(`${name}-route-ipv4`, { ...wayOut, destinationCidrBlock: "0.0.0.0/0" }, opts),
    new Route(`${name}-route-ipv6`, { ...wayOut, destinationIpv6CidrBlock: "::/0" }, opts),
    new RouteTableAssociation(
      `${name}-route-table-association`,
      { routeTableId: table.id, subnetId: subnet.id },
      opts,
    ),
  ];
  return { vpcId: vpc.id, subnetId: subnet.id, ipv6AddressCount: 1, ready };
}
