import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type KeyType = "ed25519" | "ecdsa" | "rsa";

export interface KeyFiles {
  /** Text of the private key, OpenSSH's format. */
  privateKey: string;
  /** A line of authorized_keys. */
  publicKey: string;
  file: string;
}

/** A key made by ssh-keygen. */
export function sshKey(
  folder: string,
  name: string,
  type: KeyType = "ed25519",
  ...options: string[]
): KeyFiles {
  const file = path.join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", `${name} comment`, "-f", file, ...options]);
  return {
    file,
    privateKey: fs.readFileSync(file, "utf8"),
    publicKey: fs.readFileSync(`${file}.pub`, "utf8"),
  };
}

/** A real sshd on 127.0.0.1 for the current user. */
export class Sshd {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "sshd-"));
  readonly user = os.userInfo().username;
  readonly hostKeys: Record<"ed25519" | "ecdsa", KeyFiles>;
  readonly login: KeyFiles;
  port = 0;
  private child: ChildProcess | undefined;

  constructor() {
    this.hostKeys = {
      ed25519: sshKey(this.folder, "host-ed25519"),
      ecdsa: sshKey(this.folder, "host-ecdsa", "ecdsa"),
    };
    this.login = sshKey(this.folder, "login");
  }

  /** A connection that works. */
  connection(): Record<string, string | number> {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: this.user,
      privateKey: this.login.privateKey,
      hostKey: this.hostKeys.ed25519.publicKey,
    };
  }

  /** Lets the holder of a key in. */
  authorize(...publicKeys: string[]): void {
    fs.writeFileSync(
      path.join(this.folder, "authorized_keys"),
      [this.login.publicKey, ...publicKeys].join(""),
    );
  }

  async start(): Promise<void> {
    this.port ||= await freePort();
    this.authorize();
    const configuration = path.join(this.folder, "sshd_config");
    fs.writeFileSync(
      configuration,
      [
        `ListenAddress 127.0.0.1:${this.port}`,
        ...Object.values(this.hostKeys).map(({ file }) => `HostKey ${file}`),
        `AuthorizedKeysFile ${this.folder}/authorized_keys`,
        "AcceptEnv PULUMI_COMMAND_* GREETING",
        "PasswordAuthentication no",
        "PermitRootLogin yes",
        // Debian's bash reads ~/.bashrc for a command that came by sshd, and what a user has there can print anything.
        `SetEnv HOME=${this.folder}`,
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "",
      ].join("\n"),
    );
    // Debian's sshd wants it when it runs as root; its service makes it.
    if (process.getuid?.() === 0) fs.mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    this.child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", configuration], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const log: string[] = [];
    this.child.stderr!.on("data", (chunk: Buffer) => log.push(String(chunk)));
    while (!(await greets(this.port))) {
      if (this.child.exitCode !== null) throw new Error(`sshd didn't start: ${log.join("")}`);
      await sleep(20);
    }
  }

  async stop(): Promise<void> {
    if (!this.child || this.child.exitCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill();
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true });
  }
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function greets(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("data", (chunk) => {
      socket.destroy();
      done(String(chunk).startsWith("SSH-"));
    });
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
  });
}
