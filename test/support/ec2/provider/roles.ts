import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
} from "@aws-sdk/client-iam";
import { iam, ifThere, newName, tagChange, tagList, type Tags } from "./api.ts";
import { present, resource } from "./resource.ts";

interface RoleInputs {
  name?: string;
  description?: string;
  assumeRolePolicy: string;
  tags?: Tags;
}

/** IAM's tags are not EC2's. */
const role = resource<RoleInputs>({
  updates: ["tags"],
  replaces: ["name", "description", "assumeRolePolicy"],
  tags: false,
  async create({ name, description, assumeRolePolicy, tags }, context) {
    const RoleName = name ?? newName(context.name);
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        Description: description,
        AssumeRolePolicyDocument: assumeRolePolicy,
        Tags: tagList(tags),
      }),
    );
    return RoleName;
  },
  async read(RoleName) {
    const found = (await ifThere(iam.send(new GetRoleCommand({ RoleName }))))?.Role;
    if (!found) return undefined;
    await iam.send(new ListRolePoliciesCommand({ RoleName }));
    await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    return present({ arn: found.Arn, name: RoleName, uniqueId: found.RoleId });
  },
  async update(RoleName, { olds, news }) {
    const { gone, changed } = tagChange(olds.tags, news.tags);
    if (gone.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys: gone }));
    if (changed.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags: changed }));
  },
  async delete(RoleName) {
    await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
  },
});

interface AttachmentInputs {
  role: string;
  policyArn: string;
}

const rolePolicyAttachment = resource<AttachmentInputs>({
  replaces: ["role", "policyArn"],
  tags: false,
  async create({ role: RoleName, policyArn: PolicyArn }, { name }) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return name;
  },
  async read(_id, { role: RoleName, policyArn }) {
    const asking = iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const { AttachedPolicies = [] } = (await ifThere(asking)) ?? {};
    return AttachedPolicies.some(({ PolicyArn }) => PolicyArn === policyArn) ? {} : undefined;
  },
  delete: (_id, { role: RoleName, policyArn: PolicyArn }) =>
    iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
});

interface ProfileInputs {
  name?: string;
  role: string;
  tags?: Tags;
}

const instanceProfile = resource<ProfileInputs>({
  updates: ["tags"],
  replaces: ["name", "role"],
  tags: false,
  async create({ name, role: RoleName, tags }, context) {
    const InstanceProfileName = name ?? newName(context.name);
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, Tags: tagList(tags) }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    return InstanceProfileName;
  },
  async read(InstanceProfileName, { role: RoleName }) {
    const asking = iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    const found = (await ifThere(asking))?.InstanceProfile;
    if (found) await iam.send(new GetRoleCommand({ RoleName }));
    return found && present({ arn: found.Arn, name: InstanceProfileName, uniqueId: found.InstanceProfileId });
  },
  async update(InstanceProfileName, { olds, news }) {
    const { gone, changed } = tagChange(olds.tags, news.tags);
    if (gone.length > 0) {
      await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: gone }));
    }
    if (changed.length > 0) {
      await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: changed }));
    }
  },
  async delete(InstanceProfileName, { role: RoleName }) {
    await ifThere(iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })));
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  },
});

export const roles = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
  "aws:iam/instanceProfile:InstanceProfile": instanceProfile,
};
