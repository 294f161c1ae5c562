import * as pulumi from "@pulumi/pulumi";
import { inUrl } from "../dialedAddress";
import { sshAccount } from "../frontDoor/sshClients";

/** What a client by SSH needs to reach the daemon, besides its own private key. */
export interface SshEnvironment {
  /** e.g. `ssh://remote-docker@192.0.2.7:2376` */
  DOCKER_HOST: pulumi.Output<string>;
  /** The host's line of ~/.ssh/known_hosts. */
  knownHosts: pulumi.Output<string>;
}

export interface SshEnvironmentArgs {
  /** Name or address that clients dial. */
  address: pulumi.Output<string>;
  /** sshd's port as they see it. */
  port: pulumi.Output<number>;
  /** A line of authorized_keys. */
  hostKey: pulumi.Output<string>;
}

/** How clients by SSH reach a daemon. */
export function sshEnvironment({ address, port, hostKey }: SshEnvironmentArgs): SshEnvironment {
  const dialed = pulumi.all([address, port, hostKey]);
  return {
    DOCKER_HOST: dialed.apply(([host, number]) => `ssh://${sshAccount}@${inUrl(host)}:${number}`),
    knownHosts: dialed.apply(([host, number, key]) => {
      const name = number === 22 ? host : `[${host}]:${number}`;
      return `${name} ${key.trim().split(" ").slice(0, 2).join(" ")}`;
    }),
  };
}
