import { Command } from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import { type OpenPort, openPortOf } from "../../firewall/openPorts";
import { frontDoorPort } from "../../frontDoor/haproxyCommon";
import { onceThere } from "../../onceThere";
import { scriptPath } from "../../scriptPath";
import { refuse } from "../../validation";
import { bootstrapHostKeyIn, provisionUser } from "../firstBoot";
import type { Machine, Preparation } from "../machine";
import {
  type AllowedCidrsArgs,
  type AwsMachineArgs,
  type AwsMachineSettings,
  awsProblems,
  withDefaults,
} from "./args";
import { announceChanges } from "./changes";
import { openFamilies } from "./cidrs";
import { estimatedMonthlyCost } from "./cost";
import { newDataVolume, zoneOf } from "./dataVolume";
import { attachDataVolume, newInstance } from "./instance";
import { architectureOf, firstZone, imageFor } from "./lookups";
import { newNetwork } from "./network";
import { preparationScript } from "./preparation";
import { newProvider, sameRegion } from "./provider";
import { existingSite, newSite, type Site } from "./site";
import { newSsmProfile } from "./ssm";

/**
 * An EC2 instance with Debian 13, of which nothing but the front door can be reached, and that from the given CIDR blocks
 * alone. Its addresses, its data volume and so its certificates outlive it.
 *
 * @throws InputPropertiesError when an argument is wrong
 * @example new AwsMachine("docker-machine", { region: "eu-central-1" }, { allowedCidrs: ["203.0.113.0/24"] })
 */
export class AwsMachine extends pulumi.ComponentResource implements Machine {
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly certificateAddresses: pulumi.Output<string[]>;
  readonly incarnation: pulumi.Output<string>;
  readonly start: pulumi.Output<string>;
  readonly ssh: Machine["ssh"];
  readonly hostKey: Machine["hostKey"];
  readonly ipv6 = true;
  readonly openPorts: OpenPort[];
  readonly preparation: Preparation;
  readonly power = { kind: "aws" } as const;
  readonly estimatedMonthlyCost: string;

  constructor(
    name: string,
    args: AwsMachineArgs,
    reach: AllowedCidrsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("remote-docker:machine:AwsMachine", name, {}, opts);
    refuse(awsProblems(args, reach));
    const settings = withDefaults(args);
    const allowedCidrs = reach.allowedCidrs ?? [];
    this.openPorts = settings.openPorts.map(openPortOf);
    for (const family of openFamilies(allowedCidrs)) {
      const text = `the front door is open to every ${family} address (allowAnyAddress): only certificates keep strangers out`;
      void pulumi.log.warn(text, this);
    }

    const provider = newProvider(`${name}-aws`, settings.region, { parent: this });
    const child = { parent: this, provider };
    const region = provider.region.apply((begun) => sameRegion(begun, settings.region));
    const operator = new PrivateKey(`${name}-operator-key`, { algorithm: "ED25519" }, { parent: this });
    const architecture = architectureOf(settings.instanceType, child);
    const found = imageFor(settings.image, architecture, child);
    const image = announceChanges(settings, found, architecture, this, child);
    const { site, dataVolume } = this.place(name, settings, region, child);
    const network = newNetwork(name, site, { allowedCidrs, openPorts: this.openPorts }, settings.tags, child);
    const ssmProfile = settings.ssm ? newSsmProfile(`${name}-ssm`, settings.tags, child).name : undefined;
    const operatorPublicKey = operator.publicKeyOpenssh;
    const instance = newInstance(
      `${name}-instance`,
      { settings, image, network, dataVolume, operatorPublicKey, profile: ssmProfile },
      child,
    );
    const attachment = attachDataVolume(`${name}-data-volume-attachment`, instance, dataVolume, child);
    const profile = pulumi.runtime.getConfig("aws:profile");
    const boot = new Command(
      `${name}-boot`,
      {
        create: `node ${scriptPath(__dirname, "boot.js")}`,
        environment: {
          HOST: network.address,
          PORT: String(frontDoorPort),
          INSTANCE: instance.id,
          INSTANCE_TYPE: instance.instanceType,
          REGION: region,
          ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
        },
        triggers: [instance.id],
      },
      { parent: this },
    );

    // URNs are known in a preview too: what doesn't change isn't shown as if it did.
    const urns = [boot, attachment, ...network.rules].map(({ urn }) => urn);
    const running = <T>(value: pulumi.Input<T>) => onceThere(value, ...urns);
    this.address = running(network.address);
    this.port = running(frontDoorPort);
    this.certificateAddresses = pulumi
      .all([network.address, network.ownAddresses])
      .apply(([address, own]) => [address, ...own]);
    this.incarnation = running(instance.id);
    this.start = running(instance.instanceType);
    this.ssh = {
      host: this.address,
      port: this.port,
      user: provisionUser,
      privateKey: operator.privateKeyOpenssh,
    };
    this.hostKey = {
      bootstrap: pulumi.unsecret(instance.userData.apply((text) => bootstrapHostKeyIn(text ?? ""))),
    };
    // Right after a change the volume's own output may still tell the old size (hashicorp/terraform-provider-aws#29213).
    this.preparation = {
      script: dataVolume.urn.apply(() => preparationScript(settings.dataVolume.size)),
    };
    this.estimatedMonthlyCost = estimatedMonthlyCost(settings);
    this.registerOutputs({});
  }

  /** Where the machine is. The data volume was there first, and stays: its zone holds. */
  private place(
    name: string,
    settings: AwsMachineSettings,
    region: pulumi.Output<string>,
    child: pulumi.CustomResourceOptions & pulumi.InvokeOptions,
  ) {
    const { vpcId, subnetId, zone, instanceType, tags } = settings;
    const volume = `${name}-data-volume`;
    if (vpcId !== undefined && subnetId !== undefined) {
      const existing = existingSite({ vpcId, subnetId }, region, this, child);
      const dataVolume = newDataVolume(volume, settings, existing.zone, child);
      const checked = zoneOf(dataVolume, existing.zone, "subnetId").apply(() => subnetId);
      return { dataVolume, site: { ...existing, subnetId: checked } satisfies Site };
    }
    const chosen = region.apply(() =>
      zone === undefined ? firstZone(instanceType, child) : pulumi.output(zone),
    );
    const dataVolume = newDataVolume(volume, settings, chosen, child);
    return { dataVolume, site: newSite(name, zoneOf(dataVolume, zone, "zone"), tags, child) };
  }
}
