import { EC2Client, type ResourceType as TaggedType, type TagSpecification } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";

/** The region: every provider of the program's has to be in the environment's. */
export const region = process.env.AWS_REGION ?? "us-east-1";

/** Endpoint and credentials are the SDK's own business: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID. */
export const ec2 = new EC2Client({ region });
export const iam = new IAMClient({ region });

export type Tags = Record<string, string>;

export function tagList(tags: Tags = {}): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What brings tags from one state to another. */
export function tagChange(olds: Tags = {}, news: Tags = {}) {
  const gone = Object.keys(olds).filter((name) => !(name in news));
  const changed = Object.entries(news).filter(([name, value]) => olds[name] !== value);
  return { gone, changed: tagList(Object.fromEntries(changed)) };
}

/** For a create call; EC2 refuses an empty one. */
export function tagged(type: TaggedType, tags: Tags | undefined): TagSpecification[] | undefined {
  const Tags = tagList(tags);
  return Tags.length === 0 ? undefined : [{ ResourceType: type, Tags }];
}

export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${service === "iam" ? "" : region}:123456789012:${resource}`;
}

/** The API's answer; undefined when it says that there is no such thing. */
export async function ifThere<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (/NotFound|NoSuchEntity/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** Asks until the answer is right, as the official provider does; its customTimeouts end it. */
export async function until(signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    signal.throwIfAborted();
    await new Promise((next) => setTimeout(next, 500));
  }
}

/** A name as Pulumi makes one up: the resource's with seven hexadecimal digits. */
export function newName(name: string): string {
  return `${name}-${Math.floor(Math.random() * 2 ** 28)
    .toString(16)
    .padStart(7, "0")}`;
}
