import { Instance, VolumeAttachment } from "@pulumi/aws/ec2";
import type { Volume } from "@pulumi/aws/ebs";
import * as pulumi from "@pulumi/pulumi";
import { utils } from "ssh2";
import { firstBootUserData } from "../firstBoot";
import { hostname } from "../hostname";
import type { AwsMachineSettings } from "./args";
import type { Network } from "./network";
import { tagsOf } from "./tags";

export interface InstanceArgs {
  settings: AwsMachineSettings;
  image: pulumi.Output<string>;
  network: Network;
  dataVolume: Volume;
  /** A line of authorized_keys. */
  operatorPublicKey: pulumi.Output<string>;
  /** Name of an instance profile. */
  profile?: pulumi.Output<string>;
}

/**
 * The instance. Whatever makes it anew deletes it first: network interface and data volume can be in one place only.
 *
 * Image (unless it is asked for) and user data are looked at when it is made, and never again: a newer image or program
 * leaves a running machine alone. Pulumi takes both as they are by then when it makes the machine anew.
 */
export function newInstance(name: string, args: InstanceArgs, opts: pulumi.CustomResourceOptions): Instance {
  const { settings, image, network, profile } = args;
  const { instanceType, spot, rootVolumeSize, terminationProtection, tags } = settings;
  return new Instance(
    name,
    {
      ami: image,
      instanceType,
      primaryNetworkInterface: { networkInterfaceId: network.interfaceId },
      userData: userData(args),
      userDataReplaceOnChange: false,
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: {
        volumeType: "gp3",
        volumeSize: rootVolumeSize,
        encrypted: true,
        deleteOnTermination: true,
        tags: tagsOf(tags, "root-volume"),
      },
      disableApiTermination: terminationProtection,
      ...(spot ? { instanceMarketOptions, forceDestroy: true } : {}),
      iamInstanceProfile: profile,
      tags: tagsOf(tags, "machine"),
    },
    {
      ...opts,
      dependsOn: network.ready,
      deleteBeforeReplace: true,
      protect: terminationProtection,
      ignoreChanges: ["userData", ...(settings.image === undefined ? ["ami"] : [])],
      // EC2 changes the type of on-demand instances only. That market options are taken away is no change to the provider
      // (hashicorp/terraform-provider-aws#38141): forceDestroy, which only a protected instance feels, tells the two apart.
      replaceOnChanges: ["forceDestroy", ...(spot ? ["instanceType"] : [])],
      additionalSecretOutputs: ["userData", "userDataBase64"],
    },
  );
}

/** Interrupted, it stops with its volumes, and AWS starts it again when there is capacity. */
const instanceMarketOptions = {
  marketType: "spot",
  spotOptions: { spotInstanceType: "persistent", instanceInterruptionBehavior: "stop" },
};

/** With a bootstrap host key of this run: an instance keeps the one that it was made with. */
function userData({ operatorPublicKey, dataVolume }: InstanceArgs): pulumi.Output<string> {
  const bootstrap = utils.generateKeyPairSync("ed25519");
  const text = pulumi.all([operatorPublicKey, dataVolume.id]).apply(([operator, volume]) =>
    firstBootUserData({
      hostname: hostname(pulumi.getStack()),
      operatorPublicKey: operator,
      bootstrapHostKeyPrivate: bootstrap.private,
      bootstrapHostKeyPublic: bootstrap.public,
      installPackages: true,
      dataVolume: volume,
    }),
  );
  return pulumi.secret(text);
}

/** A machine that ends is stopped first, so that the volume's file system is whole on the next one. */
export function attachDataVolume(
  name: string,
  instance: Instance,
  volume: Volume,
  opts: pulumi.CustomResourceOptions,
): VolumeAttachment {
  return new VolumeAttachment(
    name,
    {
      instanceId: instance.id,
      volumeId: volume.id,
      deviceName: "/dev/sdf",
      stopInstanceBeforeDetaching: true,
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
