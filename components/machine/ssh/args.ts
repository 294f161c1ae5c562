import { z } from "zod";
import { whole } from "../../validation";

const address = "a host's name or IP address; write it like build.example.com";
const account = "an account on the host; write it like admin";
const file = "the path of a private key; write it like ~/.ssh/id_ed25519";
const key = "a host key; write it as ssh-keyscan prints it, without the host: ssh-ed25519 AAAA…";

const host = z.string(address).regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/, address);
const user = z
  .string(account)
  .regex(/^[a-z_][a-z0-9_.-]{0,31}$/, account)
  .optional();
const keyFile = z.string(file).min(1, file).optional();
const hostKey = z
  .string(key)
  .regex(/^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*$/, key)
  .optional();

/** What a host that exists is like. Plain values: they are checked before anything is created. */
export const sshHostSchema = z.strictObject(
  {
    /**
     * The host's name or address, as this computer reaches it.
     * @example "build.example.com"
     */
    host,
    /**
     * TCP port of the host's sshd.
     * @default 22
     */
    port: whole("a TCP port", 1, 65535),
    /**
     * The account to log in to: root, or one that may use sudo without a password.
     * @default "root"
     */
    user,
    /**
     * File of the private key to log in with, without a passphrase. It becomes a secret of the stack's state.
     * @default the keys of the SSH agent (SSH_AUTH_SOCK)
     * @example "~/.ssh/id_ed25519"
     */
    keyFile,
    /**
     * The host's key, as ssh-keyscan prints it without the host.
     * @default what this computer's known_hosts files have
     * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
     */
    hostKey,
    /** The host on the way to it, if it can't be reached directly. Its options are as the host's own. */
    bastion: z
      .strictObject(
        { host, port: whole("a TCP port", 1, 65535), user, keyFile, hostKey },
        "a host on the way, like {host: bastion.example.com}",
      )
      .optional(),
    /**
     * Keys of the host's own daemon.json, and options of its dockerd, that are put aside until the host is given back, as
     * they contradict what a shared daemon needs.
     * @default []
     * @example ["hosts", "tlscacert"]
     */
    putAside: z
      .array(
        z.string("a key of daemon.json, like hosts").min(1, "a key of daemon.json, like hosts"),
        "a list of keys of daemon.json, like [hosts]",
      )
      .optional(),
    /**
     * The id of another stack that has the host, as the refusal names it: this stack takes its place.
     * @default none
     */
    takeOver: z.string("the id of a stack, as the refusal names it").min(1).optional(),
  },
  "a host that exists, like {host: build.example.com}",
);

/** What a host that exists is like: {@link sshHostSchema}. */
export type SshHostArgs = z.input<typeof sshHostSchema>;

/** How a host, or the one on the way to it, is reached. */
export type SshTarget = Pick<SshHostArgs, "host" | "port" | "user" | "keyFile" | "hostKey">;
