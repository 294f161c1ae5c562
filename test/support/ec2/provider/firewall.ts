import {
  AuthorizeSecurityGroupEgressCommand,
  type AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  type RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupIngressCommand,
  type RevokeSecurityGroupIngressCommandInput,
} from "@aws-sdk/client-ec2";
import { arn, ec2, ifThere, newName, tagged, type Tags } from "./api.ts";
import { present, resource } from "./resource.ts";

interface GroupInputs {
  vpcId: string;
  name?: string;
  description?: string;
  tags?: Tags;
}

const securityGroup = resource<GroupInputs>({
  replaces: ["vpcId", "name", "description"],
  defaults: { description: "Managed by Pulumi" },
  async create({ vpcId: VpcId, name, description: Description, tags }, context) {
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        VpcId,
        GroupName: name ?? newName(context.name),
        Description,
        TagSpecifications: tagged("security-group", tags),
      }),
    );
    // EC2 lets everything out until told otherwise; the official provider takes that away.
    const { IpPermissionsEgress = [] } = (await groupOf(GroupId)) ?? {};
    if (IpPermissionsEgress.length > 0) {
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
    }
    return GroupId;
  },
  async read(id) {
    const found = await groupOf(id);
    return (
      found &&
      present({ arn: arn("ec2", `security-group/${id}`), name: found.GroupName, ownerId: found.OwnerId })
    );
  },
  async delete(GroupId) {
    const Filters = [{ Name: "group-id", Values: [GroupId] }];
    await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  },
});

async function groupOf(id: string) {
  return (await ifThere(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))))
    ?.SecurityGroups?.[0];
}

interface RuleInputs {
  securityGroupId: string;
  ipProtocol: string;
  fromPort?: number;
  toPort?: number;
  cidrIpv4?: string;
  cidrIpv6?: string;
  description?: string;
  tags?: Tags;
}

const calls = {
  ingress: {
    authorize: (input: AuthorizeSecurityGroupIngressCommandInput) =>
      ec2.send(new AuthorizeSecurityGroupIngressCommand(input)),
    revoke: (input: RevokeSecurityGroupIngressCommandInput) =>
      ec2.send(new RevokeSecurityGroupIngressCommand(input)),
  },
  egress: {
    authorize: (input: AuthorizeSecurityGroupEgressCommandInput) =>
      ec2.send(new AuthorizeSecurityGroupEgressCommand(input)),
    revoke: (input: RevokeSecurityGroupEgressCommandInput) =>
      ec2.send(new RevokeSecurityGroupEgressCommand(input)),
  },
};

function rule(direction: "ingress" | "egress") {
  return resource<RuleInputs>({
    updates: ["ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "description"],
    replaces: ["securityGroupId"],
    async create(inputs) {
      const { cidrIpv4: CidrIp, cidrIpv6: CidrIpv6, description: Description } = inputs;
      const permission = {
        IpProtocol: inputs.ipProtocol,
        FromPort: inputs.fromPort,
        ToPort: inputs.toPort,
        ...(CidrIp === undefined ? {} : { IpRanges: [{ CidrIp, Description }] }),
        ...(CidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6, Description }] }),
      };
      const { SecurityGroupRules } = await calls[direction].authorize({
        GroupId: inputs.securityGroupId,
        IpPermissions: [permission],
        TagSpecifications: tagged("security-group-rule", inputs.tags),
      });
      return SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? "";
    },
    async read(id) {
      const asking = ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }));
      if ((await ifThere(asking))?.SecurityGroupRules?.[0] === undefined) return undefined;
      return { arn: arn("ec2", `security-group-rule/${id}`), securityGroupRuleId: id };
    },
    async update(id, { news, has }) {
      if (!has("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "description")) return;
      const SecurityGroupRule = {
        IpProtocol: news.ipProtocol,
        FromPort: news.fromPort ?? -1,
        ToPort: news.toPort ?? -1,
        CidrIpv4: news.cidrIpv4,
        CidrIpv6: news.cidrIpv6,
        Description: news.description,
      };
      await ec2.send(
        new ModifySecurityGroupRulesCommand({
          GroupId: news.securityGroupId,
          SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule }],
        }),
      );
    },
    delete: (id, { securityGroupId: GroupId }) =>
      calls[direction].revoke({ GroupId, SecurityGroupRuleIds: [id] }),
  });
}

export const firewall = {
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule("ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("egress"),
};
