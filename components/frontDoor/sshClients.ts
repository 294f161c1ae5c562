import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { SshClient } from "../authority/clientArgs";

/** The account on the machine that clients come to by SSH. It has no password, and no command but one. */
export const sshAccount = "remote-docker";

/** Its home, which belongs to root. */
export const sshHome = "/var/lib/remote-docker-ssh";

/** Where the front door takes what they bring; only the account can go into the folder. */
export const sshSocket = `${sshHome}/door/socket`;

/** What sshd behind the front door takes up for them. */
export const sshClientsConfigurationPath = "/etc/ssh/sshd_config.d/20-remote-docker-clients.conf";

/** Names of the files in a configuration set that are for clients by SSH; there are none without such clients. */
export const sshFiles = { keys: "authorized_keys", dial: "dial", sshd: "sshd.conf" } as const;

/**
 * authorized_keys of the account: each key can do one thing, in its client's name. `restrict` takes away everything
 * (sshd(8)): terminal, forwarding of ports, sockets and agents, the user's own rc.
 */
export function authorizedKeys(clients: SshClient[]): string {
  return [...clients]
    .sort((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
    .map(({ line, fingerprint }) => `restrict,command="${sshHome}/dial ${fingerprint}" ${line}\n`)
    .join("");
}

/** The program that connects a client with the front door. */
export function dialProgram(): string {
  return readFileSync(path.join(__dirname, "dial.pl"), "utf8");
}

/**
 * Drop-in of a machine of our own: a host that was there before keeps its sshd as it is. One connection may carry many
 * of docker's (ControlMaster in ssh_config(5)), where sshd would take ten.
 */
export function sshClientsConfiguration(): string {
  return `# Written by remote-docker.
AllowUsers ${sshAccount}
Match User ${sshAccount}
    AuthorizedKeysFile ${sshHome}/.ssh/authorized_keys
    MaxSessions 200
    PermitTTY no
    PermitUserRC no
`;
}
