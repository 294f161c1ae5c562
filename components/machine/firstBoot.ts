import { readFileSync } from "node:fs";
import * as path from "node:path";
import { firstBootHaproxyConfiguration } from "../frontDoor/haproxyFirstBoot";
import { haproxyConfigurationPath } from "../frontDoor/haproxyCommon";
import { securityUpdates } from "./securityUpdates";
import { sshdConfiguration, sshdConfigurationPath } from "../frontDoor/sshd";

/** The account that provisioning and the operator log in to, by key only. */
export const provisionUser = "provision";

export interface FirstBootArgs {
  /** The machine's own name, e.g. `remote-docker-dev`. */
  hostname: string;
  /** The operator's public key, a line of authorized_keys. */
  operatorPublicKey: string;
  /** The host key that the first connection is pinned to, in OpenSSH's format. Secret. */
  bootstrapHostKeyPrivate: string;
  /** Its public part, a line of authorized_keys. */
  bootstrapHostKeyPublic: string;
  /** Whether the image is anybody's: without HAProxy and Docker, which the first boot installs, and with its own kernel. */
  installPackages: boolean;
  /** The id of the volume for /var/lib/docker, e.g. `vol-0123456789abcdef0`. Default: none, it is on the root volume. */
  dataVolume?: string;
}

/** LLMNR and multicast DNS would listen on every address. */
const resolvedDropIn = "[Resolve]\nLLMNR=no\nMulticastDNS=no\n";

/** What {@link FirstBootArgs.installPackages} runs, on the machine. */
const installer = "/usr/local/sbin/remote-docker-first-boot";

/** `running`, `complete` or `failed`. */
const installerState = "/var/lib/remote-docker/first-boot";

const header = "#cloud-config\n";

function installerScript(): string {
  return readFileSync(path.join(__dirname, "firstBoot.sh"), "utf8");
}

/**
 * The public part of the bootstrap host key in user data of {@link firstBootUserData}, a line of authorized_keys: the
 * first boot's user data outlives a change of the program.
 */
export function bootstrapHostKeyIn(userData: string): string {
  const { ssh_keys } = JSON.parse(userData.slice(header.length)) as { ssh_keys: { ed25519_public: string } };
  return ssh_keys.ed25519_public;
}

/**
 * cloud-init's user data for every machine that we create: the account `provision` with the operator's key alone, the
 * bootstrap host key alone, sshd on loopback and a front door that leads to nothing but sshd. Secret, as it holds the
 * private host key. The text is JSON, which is YAML too, so that nothing in it needs quoting rules of its own.
 *
 * @throws Error when the text is longer than EC2 accepts, 16 KiB
 */
export function firstBootUserData(args: FirstBootArgs): string {
  const configuration = {
    hostname: args.hostname,
    users: [
      {
        name: provisionUser,
        gecos: "Provisioning",
        shell: "/bin/bash",
        lock_passwd: true,
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: [args.operatorPublicKey.trim()],
      },
    ],
    disable_root: true,
    ssh_deletekeys: true,
    ssh_keys: {
      ed25519_private: args.bootstrapHostKeyPrivate,
      ed25519_public: args.bootstrapHostKeyPublic.trim(),
    },
    ssh: { emit_keys_to_console: false },
    no_ssh_fingerprints: true,
    write_files: [
      { path: sshdConfigurationPath, permissions: "0644", content: sshdConfiguration() },
      { path: haproxyConfigurationPath, permissions: "0644", content: firstBootHaproxyConfiguration() },
      {
        path: "/etc/systemd/resolved.conf.d/remote-docker.conf",
        permissions: "0644",
        content: resolvedDropIn,
      },
      ...securityUpdates(!args.installPackages),
      ...(args.installPackages
        ? [
            { path: installer, permissions: "0755", content: installerScript() },
            // The image may have been made from another machine, whose first boot was complete.
            { path: installerState, permissions: "0644", content: "running\n" },
          ]
        : []),
    ],
    runcmd: [
      // The hours of its updates.
      ["systemctl", "daemon-reload"],
      ["systemctl", "try-restart", "systemd-resolved.service"],
      ...(args.installPackages
        ? [[installer, ...(args.dataVolume === undefined ? [] : [args.dataVolume.replace("-", "")])]]
        : // A local machine mounts it "sync" for its first boot.
          [["mount", "-o", "remount,async", "/"]]),
    ],
  };
  const text = `${header}${JSON.stringify(configuration, null, 1)}\n`;
  if (Buffer.byteLength(text) > 16 * 1024)
    throw new Error(`the user data has ${text.length} bytes, EC2 takes 16384`);
  return text;
}
