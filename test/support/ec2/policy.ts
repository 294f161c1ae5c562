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

/** The actions that the calls need a permission for. A resource with tags from the start needs that for tags, too. */
export function neededBy(calls: Call[]): string[] {
  const needed = new Set<string>();
  for (const { service, action, parameters } of calls) {
    needed.add(`${service}:${action}`);
    if ([...parameters.keys()].some((key) => key.startsWith("TagSpecification")))
      needed.add("ec2:CreateTags");
  }
  return [...needed].sort();
}
