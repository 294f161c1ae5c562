import {
  DescribeInstancesCommand,
  type Instance,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { ec2, ifThere, until } from "./api.ts";

/** Undefined: there is none, or it is terminated. */
export async function instanceOf(id: string): Promise<Instance | undefined> {
  const answer = await ifThere(ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  const found = answer?.Reservations?.[0]?.Instances?.[0];
  return found?.State?.Name === "terminated" ? undefined : found;
}

/** Also one that has stopped already; of one that has ended EC2 says that it can't be. */
export async function stopInstance(id: string, signal: AbortSignal): Promise<void> {
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
  await until(signal, async () => (await instanceOf(id))?.State?.Name === "stopped");
}

export async function startInstance(id: string, signal: AbortSignal): Promise<void> {
  await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
  await runs(id, signal);
}

export async function runs(id: string, signal: AbortSignal): Promise<void> {
  await until(signal, async () => (await instanceOf(id))?.State?.Name === "running");
}

export async function terminateInstance(id: string, signal: AbortSignal): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await until(signal, async () => (await instanceOf(id)) === undefined);
}
