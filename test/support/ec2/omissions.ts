import { DisassociateAddressCommand, ModifyInstanceAttributeCommand } from "@aws-sdk/client-ec2";
import type { Account } from "./account";
import { type Call, idsIn } from "./query";

/** Does in moto's books what EC2 does with a call that was accepted and moto doesn't. */
export async function makeGood(call: Call, answer: string, account: Account): Promise<void> {
  const { service, action, parameters } = call;
  if (service !== "ec2") return;
  if (action === "RunInstances" && parameters.get("DisableApiTermination") === "true") {
    for (const id of idsIn(answer)) await protect(id, account);
  }
  if (action === "TerminateInstances") await letGo(account);
}

async function protect(InstanceId: string, { client }: Account): Promise<void> {
  const DisableApiTermination = { Value: true };
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination }));
}

/** An address doesn't stay associated with an interface that went with its instance. */
async function letGo(account: Account): Promise<void> {
  const interfaces = (await account.networkInterfaces()).map(({ NetworkInterfaceId }) => NetworkInterfaceId);
  for (const { AssociationId, NetworkInterfaceId } of await account.addresses()) {
    if (AssociationId === undefined || interfaces.includes(NetworkInterfaceId)) continue;
    await account.client.send(new DisassociateAddressCommand({ AssociationId }));
  }
}
