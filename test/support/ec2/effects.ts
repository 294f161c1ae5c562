import { type Instance, StopInstancesCommand } from "@aws-sdk/client-ec2";
import type { Account } from "./account";
import { ElasticAddress } from "./elasticAddress";
import type { Machines } from "./hypervisor";
import { type Call, idsIn, listOf } from "./query";
import { stateOf } from "./refusals";
import { admits } from "./securityGroup";

/** What follows from a call once moto has accepted it; gets moto's answer. */
type After = (answer: string) => Promise<void>;

/** The only port of a machine that an address leads to. */
const port = 2376;

/** What a call does to the machines. */
export class Effects {
  readonly machines: Machines;
  private readonly addresses = new Map<string, ElasticAddress>();

  constructor(machines: Machines) {
    this.machines = machines;
  }

  /** The answer of a call that moto has no part in. */
  instead({ service, action, parameters }: Call): Promise<string | undefined> {
    if (service !== "ec2" || action !== "GetConsoleOutput") return Promise.resolve(undefined);
    const id = parameters.get("InstanceId") ?? "";
    // EC2 keeps the last 64 KiB.
    const output = Buffer.from(this.machines.console(id).slice(-65536)).toString("base64");
    return Promise.resolve(
      `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>emulation</requestId>` +
        `<instanceId>${id}</instanceId><timestamp>${new Date().toISOString()}</timestamp><output>${output}</output></GetConsoleOutputResponse>`,
    );
  }

  /** Does what must be done before moto hears of the call, and says what is to follow. */
  async before({ service, action, parameters }: Call, account: Account): Promise<After | undefined> {
    if (service !== "ec2") return undefined;
    const ids = listOf(parameters, "InstanceId");
    const { machines } = this;
    machines.onShutdown = (id) => void shutDown(id, account);
    switch (action) {
      case "RunInstances":
        return async (answer) => {
          for (const id of idsIn(answer)) await this.start(id, account);
        };
      case "StartInstances":
        return async () => {
          for (const id of ids) await this.start(id, account);
        };
      case "StopInstances":
        for (const id of ids) await machines.stop(id);
        return undefined;
      case "RebootInstances":
        return async () => {
          for (const id of ids) await machines.stop(id);
          for (const id of ids) await this.start(id, account);
        };
      case "TerminateInstances":
        return this.terminate(await Promise.all(ids.map((id) => account.instance(id))), account);
      case "CreateImage": {
        const root = rootVolume(await account.instance(parameters.get("InstanceId") ?? ""));
        return async (answer) => machines.keep(/<imageId>(ami-\w+)</.exec(answer)?.[1] ?? "", root);
      }
      case "AttachVolume": {
        const [id, volume] = [parameters.get("InstanceId") ?? "", parameters.get("VolumeId") ?? ""];
        return async () => machines.attach(id, volume, (await account.volume(volume)).Size ?? 0);
      }
      case "ModifyVolume": {
        const volume = parameters.get("VolumeId") ?? "";
        return async () => {
          const { Size = 0, Attachments = [] } = await account.volume(volume);
          await machines.grow(Attachments[0]?.InstanceId, volume, Size);
        };
      }
      case "DeleteVolume":
        return () => Promise.resolve(machines.remove(parameters.get("VolumeId") ?? ""));
      case "AssociateAddress":
      case "DisassociateAddress":
        return () => this.readdress(account);
      default:
        return undefined;
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.addresses.values()].map((address) => address.close()));
    await this.machines.end();
  }

  private async start(id: string, account: Account): Promise<void> {
    await this.machines.start(await account.instance(id), account);
  }

  private terminate(instances: Instance[], account: Account): After {
    const roots = instances.map(rootVolume);
    return async () => {
      for (const [index, instance] of instances.entries()) {
        await this.machines.terminate(instance.InstanceId ?? "", roots[index]);
      }
      await this.readdress(account);
    };
  }

  /** Each associated address is listened at, and no other. */
  private async readdress(account: Account): Promise<void> {
    const associated = (await account.addresses()).filter(({ AssociationId }) => AssociationId !== undefined);
    const wanted = new Set(associated.map(({ PublicIp }) => PublicIp ?? ""));
    for (const [ip, address] of this.addresses) {
      if (wanted.has(ip)) continue;
      this.addresses.delete(ip);
      await address.close();
    }
    for (const ip of wanted) {
      if (this.addresses.has(ip)) continue;
      const lead = (peer: string) => this.lead(ip, peer, account);
      this.addresses.set(ip, await ElasticAddress.listen(ip, port, lead));
    }
  }

  /** Asks for rules and machine anew with each connection. */
  private async lead(ip: string, peer: string, account: Account): Promise<number | undefined> {
    const address = (await account.addresses()).find(({ PublicIp }) => PublicIp === ip);
    if (address?.NetworkInterfaceId === undefined) return undefined;
    const { Groups = [], Attachment } = await account.networkInterface(address.NetworkInterfaceId);
    const rules = await Promise.all(Groups.map(({ GroupId }) => account.securityGroupRules(GroupId ?? "")));
    if (!admits(rules.flat(), peer, port)) return undefined;
    return Attachment?.InstanceId === undefined ? undefined : this.machines.portOf(Attachment.InstanceId);
  }
}

function rootVolume({ BlockDeviceMappings = [], RootDeviceName }: Instance): string {
  const root = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === RootDeviceName);
  return root?.Ebs?.VolumeId ?? "";
}

/** A guest that shuts itself down is a stopped instance. */
async function shutDown(id: string, account: Account): Promise<void> {
  if (stateOf(await account.instance(id)) !== "running") return;
  await account.client.send(new StopInstancesCommand({ InstanceIds: [id] }));
}
