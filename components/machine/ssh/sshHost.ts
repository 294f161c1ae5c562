import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls";
import type { Theirs } from "../../daemon/theirs";
import { frontDoorPort } from "../../frontDoor/haproxyCommon";
import { runScript } from "../../host/scripts";
import { refuse } from "../../validation";
import type { DaemonOptions } from "../kinds";
import type { Bastion, Machine, Power, Preparation } from "../machine";
import { adoptScript, examineScript, giveBackCommand, theirDocker } from "./adoption";
import type { SshHostArgs, SshTarget } from "./args";
import { type HostFacts, parseFacts } from "./facts";
import { haproxyVersion, hostProblems, plan } from "./findings";
import { merge } from "./merge";
import { sshdProblems } from "./sshdProblems";
import { ask, fingerprint, keyPath, keyProblems, knownKey } from "./reach";

/**
 * A host that exists already: what is its own is kept before the first change, what can be merged is merged, and it is
 * given back as it was. Its sshd stays as it is.
 *
 * @throws InputPropertiesError when an argument is wrong, or the host can't be reached or adopted as it is
 * @example new SshHost("docker-machine", { host: "build.example.com", user: "admin" })
 */
export class SshHost extends pulumi.ComponentResource implements Machine {
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly certificateAddresses: pulumi.Output<string[]>;
  readonly certificateNames: string[];
  readonly incarnation: pulumi.Output<string>;
  readonly start: pulumi.Output<string>;
  readonly ssh: Machine["ssh"];
  readonly hostKey: Machine["hostKey"];
  readonly preparation: Preparation;
  readonly theirs: Theirs;
  readonly power: Power;
  readonly estimatedMonthlyCost = "none: the host is there already";

  constructor(
    name: string,
    args: SshHostArgs,
    { daemon = {}, daemonExtra = {}, clients = [] }: DaemonOptions = {},
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("remote-docker:machine:SshHost", name, {}, opts);
    refuse(keyProblems(args));
    const { facts, hostKey } = examine(args);
    refuse([...hostProblems(facts, args, daemon), ...sshdProblems(facts, args.host, clients)]);
    const merged = merge(theirDocker(facts), haproxyVersion(facts), daemon, daemonExtra, args.putAside ?? []);
    refuse(merged.problems);
    this.theirs = merged.theirs;
    if (!facts.adopted) {
      for (const line of plan(facts, args, daemon)) void pulumi.log.info(line, this);
    }

    const { host, user = "root" } = args;
    const owner = new PrivateKey(`${name}-id`, { algorithm: "ED25519" }, { parent: this });
    const id = owner.publicKeyFingerprintSha256;
    this.address = pulumi.output(host);
    this.port = pulumi.output(frontDoorPort);
    this.certificateAddresses = pulumi.output(isIP(host) === 0 || host === "127.0.0.1" ? [] : [host]);
    this.certificateNames = isIP(host) === 0 && host !== "localhost" ? [host] : [];
    this.incarnation = pulumi.output(facts.machineId);
    this.start = pulumi.output("1");
    this.power = { kind: "ssh", host };
    this.hostKey = { known: pulumi.output(hostKey) };
    this.ssh = {
      host: pulumi.output(host),
      port: pulumi.output(args.port ?? 22),
      user,
      ...identity(args),
      bastion: bastion(args),
    };
    this.preparation = {
      // Their daemon.json may have a proxy's password.
      script: pulumi.secret(id.apply((known) => adoptScript(known, facts, this.theirs, args, daemon))),
      undo: id.apply(giveBackCommand),
    };
    this.registerOutputs({});
  }
}

function examine(args: SshHostArgs): { facts: HostFacts; hostKey: string } {
  const answer = ask(args, runScript(args.user ?? "root"), examineScript());
  if ("problem" in answer) {
    refuse([answer.problem]);
    throw new Error("unreachable");
  }
  const facts = parseFacts(answer.output);
  const shown = facts.hostKeys.find((key) => fingerprint(key) === answer.shownKey);
  if (shown === undefined)
    throw new Error(`${args.host} has not the key that it shows (${answer.shownKey}) in /etc/ssh`);
  return { facts, hostKey: args.hostKey ?? shown };
}

function identity({ keyFile }: SshTarget): Pick<Machine["ssh"], "privateKey" | "keyFile"> {
  if (keyFile === undefined) return {};
  const file = keyPath(keyFile);
  return { keyFile: file, privateKey: pulumi.secret(readFileSync(file, "utf8")) };
}

function bastion({ bastion: given }: SshHostArgs): Bastion | undefined {
  if (given === undefined) return undefined;
  const hostKey = knownKey(given);
  if (hostKey === undefined) {
    const reason = `this computer doesn't know the key of "${given.host}"; write it here, or add it to ~/.ssh/known_hosts`;
    refuse([{ propertyPath: "ssh.bastion.hostKey", reason }]);
  }
  return {
    host: given.host,
    port: given.port ?? 22,
    user: given.user ?? "root",
    ...identity(given),
    hostKey: hostKey ?? "",
  };
}
