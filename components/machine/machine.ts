import type * as pulumi from "@pulumi/pulumi";
import type { OpenPort } from "../firewall/openPorts";
import type { Theirs } from "../daemon/theirs";

/** A machine on which the daemon runs, whatever its kind. Its outputs are there once it can be reached. */
export interface Machine {
  /** Name or address that clients dial, e.g. `127.0.0.1`. */
  address: pulumi.Output<string>;
  /** Port of the front door as clients see it. */
  port: pulumi.Output<number>;
  /** Why clients elsewhere can't dial `address`, and what to write as the stack's `address`. Missing: they can. */
  dialedHereOnly?: string;
  /** IP addresses for the server's certificate besides loopback. */
  certificateAddresses: pulumi.Output<string[]>;
  /** DNS names for the server's certificate besides localhost. Missing: none. */
  certificateNames?: string[];
  /** Changes when the machine is made anew: everything pushed to it must be pushed again. */
  incarnation: pulumi.Output<string>;
  /** Changes when the machine was started again. */
  start: pulumi.Output<string>;
  /** How provisioning reaches sshd, through the front door or beside it. */
  ssh: SshReach;
  /** By which host key sshd is known. */
  hostKey: HostKey;
  /** The address that everybody seems to come from, where the way to the machine hides who dials. Missing: none does. */
  sharedAddress?: string;
  /** Whether clients reach it by IPv6 as well. Default: false. */
  ipv6?: boolean;
  /** What its firewall lets in besides clients. Default: nothing. */
  openPorts?: OpenPort[];
  /** What has to be done on the machine before the first transaction. Missing: nothing. */
  preparation?: Preparation;
  /** What a host that was there before keeps of its own daemon. Missing: the machine is this program's own. */
  theirs?: Theirs;
  /** How it is stopped and started again. */
  power: Power;
  /** What the machine costs a month, as text, e.g. `none: it is on this computer`. */
  estimatedMonthlyCost: string;
}

/** What `npm run stop` and `npm run start` go by. */
export type Power =
  | {
      kind: "local";
      /** Names of its folder on the computer where it runs. */
      project: string;
      own: string;
      incarnation: pulumi.Output<string>;
    }
  /** It can't be stopped by these commands. */
  | { kind: "aws" }
  | { kind: "ssh"; host: string };

/** A host's sshd, and who logs in. */
export interface SshReach {
  host: pulumi.Output<string>;
  port: pulumi.Output<number>;
  /** root, or an account that may use sudo without a password. */
  user: string;
  /** OpenSSH's format, secret. Missing: the SSH agent has it. */
  privateKey?: pulumi.Output<string>;
  /** The file of `privateKey` on this computer, where it is the user's own. */
  keyFile?: string;
  /** The host on the way. Missing: it is reached directly. */
  bastion?: Bastion;
}

/** A host by which another one is reached. */
export interface Bastion {
  host: string;
  port: number;
  user: string;
  /** OpenSSH's format, secret. Missing: the SSH agent has it. */
  privateKey?: pulumi.Output<string>;
  keyFile?: string;
  /** A line of authorized_keys. */
  hostKey: string;
}

/**
 * Lines of authorized_keys. `bootstrap`: the machine shows it on the first connection, which installs the stack's permanent
 * key. `known`: it is the host's own, and stays.
 */
export type HostKey = { bootstrap: pulumi.Output<string> } | { known: pulumi.Output<string> };

/** A script of the machine's kind, for {@link file://./../host/scripts.ts} `runScript`. */
export interface Preparation {
  script: pulumi.Output<string>;
  /** The command that undoes it on a host that outlives the stack, as root. Missing: nothing is undone. */
  undo?: pulumi.Output<string>;
}
