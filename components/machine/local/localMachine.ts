import { Command } from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import { generationName } from "../../authority/identity";
import { claim, ownName } from "../../ownership/claim";
import { onceThere } from "../../onceThere";
import { scriptPath } from "../../scriptPath";
import { problems, refuse } from "../../validation";
import { firstBootUserData, provisionUser } from "../firstBoot";
import type { Machine, Power } from "../machine";
import {
  computerProblems,
  type LocalMachineArgs,
  localMachineSchema,
  type LocalMachineSettings,
  ownAddresses,
} from "./args";
import { hostname } from "../hostname";
import { imageEnvironment, machineEnvironment, preflight } from "./preflight";

/**
 * A virtual machine on this computer, by QEMU: Debian 13 from packages, of which nothing but the front door can be
 * reached. Its data disk lives until it is destroyed, its system as long as `image` stays; a machine that doesn't run any
 * more is started again by the next `up`.
 *
 * @throws InputPropertiesError when an argument is wrong, or this computer lacks what the machine needs
 * @example new LocalMachine("docker-machine", { cpus: 4, memory: 4096 })
 */
export class LocalMachine extends pulumi.ComponentResource implements Machine {
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly certificateAddresses: pulumi.Output<string[]>;
  readonly incarnation: pulumi.Output<string>;
  readonly start: pulumi.Output<string>;
  readonly ssh: Machine["ssh"];
  readonly hostKey: Machine["hostKey"];
  readonly dialedHereOnly?: string;
  readonly power: Power;
  /** The gateway of QEMU's user network, which connects to the machine in everybody's place. */
  readonly sharedAddress = "10.0.2.2";
  readonly estimatedMonthlyCost = "none: it is on this computer";

  /** `dataRoot`: dockerd's folder, where it isn't /var/lib/docker. */
  constructor(
    name: string,
    args: LocalMachineArgs = {},
    opts?: pulumi.ComponentResourceOptions,
    dataRoot?: string,
  ) {
    super("remote-docker:machine:LocalMachine", name, {}, opts);
    refuse(problems(localMachineSchema, args, "local"));
    const settings = localMachineSchema.parse(args);
    refuse(computerProblems(settings));
    const own = ownName(pulumi.getStack(), name.replace(/-machine$/, ""));
    const found = preflight(pulumi.getProject(), own, settings, dataRoot);
    refuse(found.problems);
    for (const notice of found.notices) void pulumi.log.warn(notice, this);

    const operator = new PrivateKey(`${name}-operator-key`, { algorithm: "ED25519" }, { parent: this });
    const bootstrap = new PrivateKey(
      generationName(`${name}-bootstrap-host-key`, settings.image),
      { algorithm: "ED25519" },
      { parent: this },
    );
    const incarnation = bootstrap.publicKeyFingerprintSha256;
    const place = this.place(name, own, operator, incarnation);
    const image = this.image(name, settings, place);
    const disk = this.disk(name, own, settings, incarnation, userData(operator, bootstrap), image);
    const process = this.process(name, own, settings, incarnation, found.generation, disk);

    const running = <T>(value: pulumi.Input<T>) => onceThere(value, process.id);
    const { bind, port } = settings;
    this.address = running(bind === "0.0.0.0" ? "127.0.0.1" : bind);
    this.port = running(port);
    if (bind === "0.0.0.0") {
      const [own = "192.0.2.7"] = ownAddresses();
      this.dialedHereOnly = `the front door is at every address of this computer (local.bind), but bundles say 127.0.0.1, which works here alone; write what others dial, like address: ${own}:${port}`;
    }
    this.certificateAddresses = running(
      bind === "0.0.0.0" ? ownAddresses() : bind.startsWith("127.") ? [] : [bind],
    );
    this.incarnation = running(incarnation);
    this.start = running(found.generation);
    this.power = { kind: "local", project: pulumi.getProject(), own, incarnation: this.incarnation };
    this.ssh = {
      host: this.address,
      port: this.port,
      user: provisionUser,
      privateKey: operator.privateKeyOpenssh,
    };
    this.hostKey = { bootstrap: bootstrap.publicKeyOpenssh };
    this.registerOutputs({});
  }

  /** Nothing of another state's machine is touched. */
  private place(
    name: string,
    own: string,
    operator: PrivateKey,
    incarnation: pulumi.Output<string>,
  ): Command {
    return claim(
      `${name}-claim`,
      {
        folder: `state:remote-docker/${pulumi.getProject()}/${own}/machine`,
        owner: operator.publicKeyFingerprintSha256,
        evidence: incarnation,
        lost: call("disk.sh", "discard", own),
      },
      { parent: this },
    );
  }

  /** The guest's image, shared by all stacks; it stays in the cache. */
  private image(name: string, settings: LocalMachineSettings, place: Command): Command {
    return new Command(
      `${name}-image`,
      { create: `bash ${scriptPath(__dirname, "image.sh")} build`, environment: imageEnvironment(settings) },
      { parent: this, dependsOn: place },
    );
  }

  /** The machine's own copy of the image, and its data. */
  private disk(
    name: string,
    own: string,
    settings: LocalMachineSettings,
    incarnation: pulumi.Output<string>,
    stdin: pulumi.Output<string>,
    image: Command,
  ): Command {
    return new Command(
      `${name}-disk`,
      {
        create: call("disk.sh", "create", own),
        delete: call("disk.sh", "delete", own),
        environment: {
          ...imageEnvironment(settings),
          INCARNATION: incarnation,
          DISK_SIZE: String(settings.diskSize),
        },
        stdin,
        triggers: [incarnation],
      },
      { parent: this, dependsOn: image },
    );
  }

  /** The running machine. */
  private process(
    name: string,
    own: string,
    settings: LocalMachineSettings,
    incarnation: pulumi.Output<string>,
    generation: string,
    disk: Command,
  ): Command {
    return new Command(
      `${name}-process`,
      {
        create: call("process.sh", "start", own),
        delete: call("process.sh", "delete", own),
        environment: { ...machineEnvironment(settings), INCARNATION: incarnation, GENERATION: generation },
        triggers: [incarnation],
      },
      { parent: this, dependsOn: disk },
    );
  }
}

/** A script's call for this machine. Pulumi allows no character in these names that a shell would take for its own. */
function call(script: string, action: string, own: string): string {
  return `bash ${scriptPath(__dirname, script)} ${action} ${pulumi.getProject()} ${own}`;
}

function userData(operator: PrivateKey, bootstrap: PrivateKey): pulumi.Output<string> {
  const text = pulumi
    .all([operator.publicKeyOpenssh, bootstrap.privateKeyOpenssh, bootstrap.publicKeyOpenssh])
    .apply(([operatorPublicKey, bootstrapHostKeyPrivate, bootstrapHostKeyPublic]) =>
      firstBootUserData({
        hostname: hostname(pulumi.getStack()),
        operatorPublicKey,
        bootstrapHostKeyPrivate,
        bootstrapHostKeyPublic,
        installPackages: false,
      }),
    );
  return pulumi.secret(text);
}
