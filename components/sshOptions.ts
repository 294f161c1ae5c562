import { shellQuoted } from "./shellQuoted";

/** What ssh goes by, instead of this computer's own configuration. */
export interface SshOptions {
  /** A file with the private key. Default: the SSH agent has it. */
  keyFile?: string;
  /** A file of known_hosts that has the host's key under a name of its own. Default: what this computer knows. */
  known?: { file: string; alias: string };
  /** More settings, e.g. `BatchMode=yes`. */
  settings?: string[];
}

/** The words for ssh's command line. A host whose key isn't known is not talked to. */
export function sshOptions({ keyFile, known, settings = [] }: SshOptions): string[] {
  const pinned =
    known === undefined
      ? []
      : [
          `HostKeyAlias=${known.alias}`,
          // ssh splits the value at spaces, unless it is quoted for ssh as well.
          `UserKnownHostsFile="${known.file}"`,
          "GlobalKnownHostsFile=none",
        ];
  const own = keyFile === undefined ? [] : ["IdentitiesOnly=yes"];
  const all = [...own, "StrictHostKeyChecking=yes", ...pinned, ...settings];
  const key = keyFile === undefined ? [] : ["-i", keyFile];
  return ["-F", "none", ...key, ...all.flatMap((setting) => ["-o", setting])];
}

/**
 * The words by which ssh takes the way through a bastion.
 *
 * @param words ssh's options for the bastion, and the bastion
 */
export function throughBastion(words: string[]): string[] {
  return ["-o", `ProxyCommand=ssh -W [%h]:%p ${words.map(shellQuoted).join(" ")}`];
}
