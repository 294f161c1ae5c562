import type { Call } from "./query";

/** An IAM policy, as far as one of ours goes. */
export interface Policy {
  Version: string;
  Statement: {
    Sid?: string;
    Effect: "Allow";
    Action: string | string[];
    Resource: unknown;
    Condition?: unknown;
  }[];
}

/** Every action that the policy names, e.g. `ec2:RunInstances`. */
export function actionsOf({ Statement }: Policy): string[] {
  return Statement.flatMap(({ Action }) => Action);
}

/** The actions that the calls need a permission for. */
export function neededBy(calls: Call[]): string[] {
  return [...new Set(calls.flatMap(neededByOne))].sort();
}

/** A resource with tags from the start needs the permission for tags, too, and who hands a role on that to do so. */
function neededByOne({ service, action, parameters }: Call): string[] {
  const needed = [`${service}:${action}`];
  const has = (start: string) => [...parameters.keys()].some((key) => key.startsWith(start));
  if (has("TagSpecification")) needed.push("ec2:CreateTags");
  if (service === "iam" && has("Tags.") && action.startsWith("Create")) {
    needed.push(action.replace("Create", "iam:Tag"));
  }
  if (action === "AddRoleToInstanceProfile" || has("IamInstanceProfile")) needed.push("iam:PassRole");
  return needed;
}
