import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  ModifyVpcAttributeCommand,
  type RouteTable,
} from "@aws-sdk/client-ec2";
import { arn, ec2, ifThere, tagged, type Tags, until } from "./api.ts";
import { present, resource } from "./resource.ts";

interface VpcInputs {
  cidrBlock: string;
  enableDnsSupport?: boolean;
  enableDnsHostnames?: boolean;
  assignGeneratedIpv6CidrBlock?: boolean;
  tags?: Tags;
}

const vpc = resource<VpcInputs>({
  updates: ["enableDnsSupport", "enableDnsHostnames"],
  replaces: ["cidrBlock", "assignGeneratedIpv6CidrBlock"],
  defaults: { enableDnsSupport: true },
  async create({ cidrBlock, enableDnsSupport, enableDnsHostnames = false, ...inputs }, { signal }) {
    const AmazonProvidedIpv6CidrBlock = inputs.assignGeneratedIpv6CidrBlock;
    const TagSpecifications = tagged("vpc", inputs.tags);
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({ CidrBlock: cidrBlock, AmazonProvidedIpv6CidrBlock, TagSpecifications }),
    );
    const VpcId = Vpc?.VpcId ?? "";
    await until(signal, async () => (await vpcOf(VpcId))?.State === "available");
    if (enableDnsHostnames) {
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
    }
    if (enableDnsSupport === false) {
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: false } }));
    }
    return VpcId;
  },
  async read(VpcId) {
    const found = await vpcOf(VpcId);
    if (!found) return undefined;
    const dns = { VpcId, Attribute: "enableDnsHostnames" } as const;
    const { EnableDnsHostnames } = await ec2.send(new DescribeVpcAttributeCommand(dns));
    await ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsSupport" }));
    const Filters = [{ Name: "vpc-id", Values: [VpcId] }];
    const [{ NetworkAcls }, { RouteTables }, { SecurityGroups }] = await Promise.all([
      ec2.send(
        new DescribeNetworkAclsCommand({ Filters: [...Filters, { Name: "default", Values: ["true"] }] }),
      ),
      ec2.send(
        new DescribeRouteTablesCommand({
          Filters: [...Filters, { Name: "association.main", Values: ["true"] }],
        }),
      ),
      ec2.send(
        new DescribeSecurityGroupsCommand({
          Filters: [...Filters, { Name: "group-name", Values: ["default"] }],
        }),
      ),
    ]);
    return present({
      arn: arn("ec2", `vpc/${VpcId}`),
      ownerId: found.OwnerId,
      enableDnsHostnames: EnableDnsHostnames?.Value,
      ipv6CidrBlock: found.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock,
      defaultNetworkAclId: NetworkAcls?.[0]?.NetworkAclId,
      mainRouteTableId: RouteTables?.[0]?.RouteTableId,
      defaultSecurityGroupId: SecurityGroups?.[0]?.GroupId,
    });
  },
  async update(VpcId, { news, has }) {
    for (const [name, key] of [
      ["enableDnsSupport", "EnableDnsSupport"],
      ["enableDnsHostnames", "EnableDnsHostnames"],
    ] as const) {
      if (has(name))
        await ec2.send(new ModifyVpcAttributeCommand({ VpcId, [key]: { Value: news[name] ?? false } }));
    }
  },
  delete: (VpcId) => ec2.send(new DeleteVpcCommand({ VpcId })),
});

async function vpcOf(id: string) {
  return (await ifThere(ec2.send(new DescribeVpcsCommand({ VpcIds: [id] }))))?.Vpcs?.[0];
}

interface InternetGatewayInputs {
  vpcId: string;
  tags?: Tags;
}

const internetGateway = resource<InternetGatewayInputs>({
  updates: ["vpcId"],
  async create({ vpcId, tags }) {
    const TagSpecifications = tagged("internet-gateway", tags);
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({ TagSpecifications }));
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
    return InternetGatewayId;
  },
  async read(id) {
    const asking = ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }));
    const found = (await ifThere(asking))?.InternetGateways?.[0];
    return found && present({ arn: arn("ec2", `internet-gateway/${id}`), ownerId: found.OwnerId });
  },
  async update(InternetGatewayId, { olds, news, has }) {
    if (!has("vpcId")) return;
    await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: olds.vpcId }));
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: news.vpcId }));
  },
  async delete(InternetGatewayId, { vpcId: VpcId }) {
    await ifThere(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  },
});

interface SubnetInputs {
  vpcId: string;
  cidrBlock: string;
  ipv6CidrBlock?: string;
  availabilityZone?: string;
  tags?: Tags;
}

const subnet = resource<SubnetInputs>({
  replaces: ["vpcId", "cidrBlock", "ipv6CidrBlock", "availabilityZone"],
  async create({ vpcId: VpcId, cidrBlock: CidrBlock, ...inputs }, { signal }) {
    const { ipv6CidrBlock: Ipv6CidrBlock, availabilityZone: AvailabilityZone } = inputs;
    const TagSpecifications = tagged("subnet", inputs.tags);
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId, CidrBlock, Ipv6CidrBlock, AvailabilityZone, TagSpecifications }),
    );
    const id = Subnet?.SubnetId ?? "";
    await until(signal, async () => (await subnetOf(id))?.State === "available");
    return id;
  },
  async read(id) {
    const found = await subnetOf(id);
    return (
      found &&
      present({
        arn: arn("ec2", `subnet/${id}`),
        availabilityZone: found.AvailabilityZone,
        availabilityZoneId: found.AvailabilityZoneId,
        ownerId: found.OwnerId,
      })
    );
  },
  delete: (SubnetId) => ec2.send(new DeleteSubnetCommand({ SubnetId })),
});

export async function subnetOf(id: string) {
  return (await ifThere(ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))))?.Subnets?.[0];
}

interface RouteTableInputs {
  vpcId: string;
  tags?: Tags;
}

const routeTable = resource<RouteTableInputs>({
  replaces: ["vpcId"],
  async create({ vpcId: VpcId, tags }) {
    const TagSpecifications = tagged("route-table", tags);
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId, TagSpecifications }));
    return RouteTable?.RouteTableId ?? "";
  },
  async read(id) {
    const found = await routeTableOf(id);
    return found && present({ arn: arn("ec2", `route-table/${id}`), ownerId: found.OwnerId });
  },
  delete: (RouteTableId) => ec2.send(new DeleteRouteTableCommand({ RouteTableId })),
});

async function routeTableOf(id: string): Promise<RouteTable | undefined> {
  return (await ifThere(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))))?.RouteTables?.[0];
}

interface RouteInputs {
  routeTableId: string;
  gatewayId: string;
  destinationCidrBlock?: string;
  destinationIpv6CidrBlock?: string;
}

const route = resource<RouteInputs>({
  replaces: ["routeTableId", "gatewayId", "destinationCidrBlock", "destinationIpv6CidrBlock"],
  tags: false,
  async create(inputs) {
    const { routeTableId: RouteTableId, gatewayId: GatewayId } = inputs;
    await ec2.send(new CreateRouteCommand({ RouteTableId, GatewayId, ...destination(inputs) }));
    return `r-${RouteTableId}${inputs.destinationCidrBlock ?? inputs.destinationIpv6CidrBlock}`;
  },
  async read(_id, { routeTableId, destinationCidrBlock, destinationIpv6CidrBlock }) {
    const found = (await routeTableOf(routeTableId))?.Routes?.find(
      ({ DestinationCidrBlock, DestinationIpv6CidrBlock }) =>
        destinationCidrBlock === undefined
          ? DestinationIpv6CidrBlock === destinationIpv6CidrBlock
          : DestinationCidrBlock === destinationCidrBlock,
    );
    return found && present({ state: found.State, origin: found.Origin });
  },
  delete: (_id, inputs) =>
    ec2.send(new DeleteRouteCommand({ RouteTableId: inputs.routeTableId, ...destination(inputs) })),
});

function destination({ destinationCidrBlock, destinationIpv6CidrBlock }: RouteInputs) {
  return { DestinationCidrBlock: destinationCidrBlock, DestinationIpv6CidrBlock: destinationIpv6CidrBlock };
}

interface AssociationInputs {
  routeTableId: string;
  subnetId: string;
}

const routeTableAssociation = resource<AssociationInputs>({
  replaces: ["routeTableId", "subnetId"],
  tags: false,
  async create({ routeTableId: RouteTableId, subnetId: SubnetId }) {
    const { AssociationId } = await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
    return AssociationId ?? "";
  },
  async read(id, { routeTableId }) {
    const { Associations = [] } = (await routeTableOf(routeTableId)) ?? {};
    return Associations.some(({ RouteTableAssociationId }) => RouteTableAssociationId === id)
      ? {}
      : undefined;
  },
  delete: (AssociationId) => ec2.send(new DisassociateRouteTableCommand({ AssociationId })),
});

export const network = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
};
