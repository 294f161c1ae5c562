import type { Command } from "@pulumi/command/local";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Machine, SshReach } from "../machine/machine";
import { claim, type ClaimArgs } from "../ownership/claim";
import { shellQuoted } from "../shellQuoted";
import { sshOptions, throughBastion } from "../sshOptions";
import { privateFolder } from "./privateFolder";

export interface OperatorAccessArgs {
  machine: Machine;
  /** The stack's name on this computer: {@link file://./../ownership/claim.ts} */
  own: string;
  /** The machine's permanent host key, as a line of authorized_keys. */
  hostKey: pulumi.Output<string>;
}

/** Marks the folder as the stack's own; the evidence is the line of known_hosts. */
export function claimOfOperator(
  name: string,
  own: string,
  proof: Pick<ClaimArgs, "owner" | "evidence">,
  opts: pulumi.CustomResourceOptions,
): Command {
  const folder = operatorFolder(own);
  const lost = `rm -rf "\${XDG_STATE_HOME:-$HOME/.local/state}/${folder}"`;
  return claim(name, { ...proof, folder: `state:${folder}`, lost }, opts);
}

function operatorFolder(own: string): string {
  return path.posix.join("remote-docker", pulumi.getProject(), own, "operator");
}

/** How a program reaches the machine's shell. */
export interface OperatorConnection extends Omit<SshReach, "keyFile"> {
  /** The one host key to accept, a line of authorized_keys. */
  hostKey: pulumi.Output<string>;
  /** The address that everybody seems to come from. Missing: there is none. */
  sharedAddress?: string;
}

/**
 * What whoever is on call needs to reach the machine's shell: the operator's key and the pinned host key, in a folder
 * of the stack's own below $XDG_STATE_HOME/remote-docker (default ~/.local/state/remote-docker).
 */
export class OperatorAccess extends pulumi.ComponentResource {
  /** The command to type, e.g. `ssh -F none -i … -p 2376 provision@127.0.0.1`. */
  readonly sshCommand: pulumi.Output<string>;
  /** The same for a program. */
  readonly connection: OperatorConnection;

  constructor(name: string, args: OperatorAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:clients:OperatorAccess", name, {}, opts);
    const { host, port, user, privateKey, keyFile, bastion } = args.machine.ssh;
    const folder = operatorFolder(args.own);
    privateFolder(
      `${name}-folder`,
      `state:${folder}`,
      [
        ...(keyFile === undefined && privateKey ? [{ name: "id", mode: "0400", content: privateKey }] : []),
        {
          name: "known_hosts",
          mode: "0444",
          content: pulumi.interpolate`remote-docker ${args.hostKey}${bastion === undefined ? "" : `\n${bastionAlias} ${bastion.hostKey}\n`}`,
        },
      ],
      { parent: this },
    );
    const state = process.env.XDG_STATE_HOME || path.join(os.homedir(), ".local", "state");
    const place = path.join(state, folder);
    const file = keyFile ?? (privateKey && `${place}/id`);
    const options = (key: string | undefined, alias: string) =>
      sshOptions({ keyFile: key, known: { file: `${place}/known_hosts`, alias } });
    const way =
      bastion === undefined
        ? []
        : throughBastion([
            ...options(bastion.keyFile, bastionAlias),
            "-p",
            String(bastion.port),
            `${bastion.user}@${bastion.host}`,
          ]);
    const words = ["ssh", ...options(file, "remote-docker"), ...way];
    this.sshCommand = pulumi.interpolate`${words.map(shellQuoted).join(" ")} -p ${port} ${user}@${host}`;
    this.connection = {
      host,
      port,
      user,
      privateKey,
      bastion,
      hostKey: args.hostKey.apply((line) => line.trim()),
      sharedAddress: args.machine.sharedAddress,
    };
    this.registerOutputs({});
  }
}

/** The bastion's name in the operator's known_hosts. */
const bastionAlias = "remote-docker-bastion";
