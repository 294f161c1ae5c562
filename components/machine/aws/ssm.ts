import { InstanceProfile, Role, RolePolicyAttachment } from "@pulumi/aws/iam";
import type * as pulumi from "@pulumi/pulumi";
import { tagsOf } from "./tags";

/** An instance profile with what Systems Manager's agent needs and no more. */
export function newSsmProfile(
  name: string,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): InstanceProfile {
  const role = new Role(
    `${name}-role`,
    {
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
        ],
      }),
      tags: tagsOf(tags, "ssm"),
    },
    opts,
  );
  const attachment = new RolePolicyAttachment(
    `${name}-policy`,
    { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" },
    opts,
  );
  return new InstanceProfile(
    `${name}-profile`,
    { role: role.name, tags: tagsOf(tags, "ssm") },
    { ...opts, dependsOn: attachment },
  );
}
