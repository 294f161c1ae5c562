import * as pulumi from "@pulumi/pulumi";
import { hostname } from "../hostname";

/** The tag by which everything of a stack is found: `<project>/<stack>`. */
export const stackTag = "remote-docker:stack";

export function stackTagValue(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

/**
 * The tags of a resource: the user's, its stack and its name.
 *
 * @param part what it is, e.g. `data-volume`
 */
export function tagsOf(tags: Record<string, string>, part: string): Record<string, string> {
  return { ...tags, [stackTag]: stackTagValue(), Name: `${hostname(pulumi.getStack())}-${part}` };
}
