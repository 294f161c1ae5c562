import {
  type Address,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
  type Image,
  type Instance,
  type InstanceTypeInfo,
  type InternetGateway,
  type NetworkInterface,
  type SecurityGroup,
  type SecurityGroupRule,
  type Subnet,
  type Volume,
  type Vpc,
} from "@aws-sdk/client-ec2";

/** What an account has in one region, as the API tells it. */
export class Account {
  readonly client: EC2Client;

  constructor(client: EC2Client) {
    this.client = client;
  }

  async instance(id: string): Promise<Instance> {
    const { Reservations = [] } = await this.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return one(
      Reservations.flatMap(({ Instances = [] }) => Instances),
      id,
    );
  }

  /** Also those that are terminated. */
  async instances(...filters: Filter[]): Promise<Instance[]> {
    const { Reservations = [] } = await this.client.send(new DescribeInstancesCommand({ Filters: filters }));
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  /** Decoded; undefined: none was given. */
  async userData(instance: string): Promise<Buffer | undefined> {
    const { UserData } = await this.client.send(
      new DescribeInstanceAttributeCommand({ InstanceId: instance, Attribute: "userData" }),
    );
    return UserData?.Value ? Buffer.from(UserData.Value, "base64") : undefined;
  }

  /** Whether it must not be terminated. */
  async isProtected(instance: string): Promise<boolean> {
    const { DisableApiTermination } = await this.client.send(
      new DescribeInstanceAttributeCommand({ InstanceId: instance, Attribute: "disableApiTermination" }),
    );
    return DisableApiTermination?.Value ?? false;
  }

  async volume(id: string): Promise<Volume> {
    const { Volumes = [] } = await this.client.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
    return one(Volumes, id);
  }

  async volumes(...filters: Filter[]): Promise<Volume[]> {
    return (await this.client.send(new DescribeVolumesCommand({ Filters: filters }))).Volumes ?? [];
  }

  async image(id: string): Promise<Image> {
    const { Images = [] } = await this.client.send(new DescribeImagesCommand({ ImageIds: [id] }));
    return one(Images, id);
  }

  async instanceType(name: string): Promise<InstanceTypeInfo> {
    const command = new DescribeInstanceTypesCommand({ InstanceTypes: [name as never] });
    return one((await this.client.send(command)).InstanceTypes ?? [], name);
  }

  async subnet(id: string): Promise<Subnet> {
    const { Subnets = [] } = await this.client.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
    return one(Subnets, id);
  }

  /** Somebody else's VPC with a subnet, and a gateway that no route leads to until `addWayOut` makes one. */
  async newNetwork(): Promise<{ vpcId: string; subnetId: string; addWayOut: () => Promise<void> }> {
    const { client } = this;
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
    const vpcId = Vpc?.VpcId ?? "";
    // moto takes any zone by itself, also one that lacks the instance type.
    const AvailabilityZone = `${await client.config.region()}a`;
    const { Subnet } = await client.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: "10.9.1.0/24", AvailabilityZone }),
    );
    const { InternetGateway } = await client.send(new CreateInternetGatewayCommand({}));
    const gateway = { InternetGatewayId: InternetGateway?.InternetGatewayId ?? "", VpcId: vpcId };
    await client.send(new AttachInternetGatewayCommand(gateway));
    const addWayOut = async () => {
      const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
      const { RouteTables = [] } = await client.send(new DescribeRouteTablesCommand({ Filters }));
      const { RouteTableId } = RouteTables[0] ?? {};
      const DestinationCidrBlock = "0.0.0.0/0";
      const GatewayId = gateway.InternetGatewayId;
      await client.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }));
    };
    return { vpcId, subnetId: Subnet?.SubnetId ?? "", addWayOut };
  }

  async vpcs(): Promise<Vpc[]> {
    return (await this.client.send(new DescribeVpcsCommand({}))).Vpcs ?? [];
  }

  async networkInterfaces(...filters: Filter[]): Promise<NetworkInterface[]> {
    const command = new DescribeNetworkInterfacesCommand({ Filters: filters });
    return (await this.client.send(command)).NetworkInterfaces ?? [];
  }

  async networkInterface(id: string): Promise<NetworkInterface> {
    return one(await this.networkInterfaces({ Name: "network-interface-id", Values: [id] }), id);
  }

  /** A terminated instance keeps its interface in moto's books; EC2 gives it free. */
  async isInUse({ Attachment }: NetworkInterface): Promise<boolean> {
    if (Attachment?.InstanceId === undefined) return false;
    return (await this.instance(Attachment.InstanceId)).State?.Name !== "terminated";
  }

  async addresses(): Promise<Address[]> {
    return (await this.client.send(new DescribeAddressesCommand({}))).Addresses ?? [];
  }

  async internetGateways(vpc: string): Promise<InternetGateway[]> {
    const Filters = [{ Name: "attachment.vpc-id", Values: [vpc] }];
    const { InternetGateways = [] } = await this.client.send(
      new DescribeInternetGatewaysCommand({ Filters }),
    );
    return InternetGateways;
  }

  async securityGroups(...filters: Filter[]): Promise<SecurityGroup[]> {
    return (
      (await this.client.send(new DescribeSecurityGroupsCommand({ Filters: filters }))).SecurityGroups ?? []
    );
  }

  async securityGroupRules(group: string): Promise<SecurityGroupRule[]> {
    const Filters = [{ Name: "group-id", Values: [group] }];
    const { SecurityGroupRules = [] } = await this.client.send(
      new DescribeSecurityGroupRulesCommand({ Filters }),
    );
    return SecurityGroupRules;
  }
}

function one<T>([found]: T[], name: string): T {
  if (found === undefined) throw new Error(`${name} does not exist`);
  return found;
}
