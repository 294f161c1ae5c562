import type * as pulumi from "@pulumi/pulumi";

/** A machine on which the daemon runs, whatever its kind. Its outputs are there once it can be reached. */
export interface Machine {
  /** Address that clients dial, e.g. `127.0.0.1`. */
  address: pulumi.Output<string>;
  /** Port of the front door as clients see it. */
  port: pulumi.Output<number>;
  /** IP addresses for the server's certificate besides loopback. */
  certificateAddresses: pulumi.Output<string[]>;
  /** Changes when the machine is made anew: everything pushed to it must be pushed again. */
  incarnation: pulumi.Output<string>;
  /** Changes when the machine was started again. */
  generation: pulumi.Output<string>;
  /** How provisioning reaches sshd. */
  ssh: {
    host: pulumi.Output<string>;
    port: pulumi.Output<number>;
    user: pulumi.Output<string>;
    /** OpenSSH's format, secret. */
    privateKey: pulumi.Output<string>;
  };
  /** The host key that the machine shows on the first connection, a line of authorized_keys. */
  bootstrapHostKey: pulumi.Output<string>;
  /** Whether clients reach it by IPv6 as well. Default: false. */
  ipv6?: boolean;
  /** What has to be done on the machine before the first transaction. Missing: nothing. */
  preparation?: pulumi.Output<Preparation>;
  /** What the machine costs a month, as text, e.g. `none: it is on this computer`. */
  estimatedMonthlyCost: string;
}

/** What a machine needs that installs its packages while it boots. */
export interface Preparation {
  /** Size of the volume at /var/lib/docker in GiB: its file system grows with it. */
  dataVolumeSize: number;
}
