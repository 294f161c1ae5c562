import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sshAccount } from "../../components/frontDoor/sshClients";
import { DockerClient } from "./dockerClient";
import { type Outcome, run, Running } from "./run";

/** Somebody who comes by SSH, with a key and settings of their own. */
export class SshUser {
  private readonly folder = mkdtempSync(join(tmpdir(), "ssh-user-"));
  readonly publicKey: string;
  readonly docker: DockerClient;

  /**
   * @param type as ssh-keygen names it
   * @param settings lines of ~/.ssh/config
   */
  constructor(
    private readonly sshd: { host: string; port: number },
    hostKey: string,
    { type = ["-t", "ed25519"], settings = [] }: { type?: string[]; settings?: string[] } = {},
  ) {
    const { host, port } = sshd;
    execFileSync("ssh-keygen", ["-q", ...type, "-N", "", "-C", "somebody", "-f", join(this.folder, "key")]);
    this.publicKey = readFileSync(join(this.folder, "key.pub"), "utf8").trim();
    writeFileSync(join(this.folder, "known_hosts"), `[${host}]:${port} ${hostKey}\n`);
    const config = [
      "LogLevel ERROR",
      `IdentityFile ${this.folder}/key`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${this.folder}/known_hosts`,
      "StrictHostKeyChecking yes",
      ...settings.map((line) => line.replace("~", this.folder)),
    ];
    writeFileSync(join(this.folder, "config"), `${config.join("\n")}\n`);
    // docker calls ssh, which reads the settings of the account's home whatever HOME says.
    writeFileSync(join(this.folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${this.folder}/config "$@"\n`);
    chmodSync(join(this.folder, "ssh"), 0o755);
    this.docker = new DockerClient({
      DOCKER_HOST: `ssh://${sshAccount}@${host}:${port}`,
      PATH: `${this.folder}:${process.env.PATH}`,
    });
  }

  /** `ssh OPTIONS the-host COMMAND`. */
  ssh(options: string[], command: string[] = []): Promise<Outcome> {
    return run([join(this.folder, "ssh"), ...this.words(options), ...command]);
  }

  /** The same, left running. */
  start(...options: string[]): Running {
    return new Running(spawn(join(this.folder, "ssh"), this.words(options)));
  }

  remove(): void {
    this.docker.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private words(options: string[]): string[] {
    return ["-p", String(this.sshd.port), "-l", sshAccount, ...options, this.sshd.host];
  }
}
