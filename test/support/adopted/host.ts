import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tools } from "../dockerClient";
import { freePort } from "../freePort";
import { launchContainer, type LaunchedContainer } from "../container/container";
import { type Outcome, run, succeeded } from "../run";

const images = join(__dirname, "../../../components/machine/local/image.sh");
const recipe = join(__dirname, "recipe.sh");

/** Releases of Debian that a host is tried with. */
export type Suite = "bookworm" | "trixie";

/**
 * A host that somebody has set up by hand (recipe.sh): a system container of its own, with sshd and the front door's port
 * at an address of loopback that is nobody else's.
 */
export class AdoptedHost {
  /** Of 127.0.0.0/8, all of which is this computer's own. */
  readonly address = `127.88.${byte()}.${byte()}`;
  readonly sshPort = 2222;
  /** File of the key that root and admin let in. */
  readonly keyFile: string;
  /** The front door's port on 127.0.0.1, besides 2376 at the host's own address. */
  frontDoorPort = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), "remote-docker-adopted-"));
  private machine?: LaunchedContainer;
  private sshForward?: number;

  private constructor() {
    this.keyFile = join(this.folder, "key");
  }

  static async start(suite: Suite): Promise<AdoptedHost> {
    const host = new AdoptedHost();
    await host.make(suite);
    await host.boot();
    return host;
  }

  get keys(): { private: string; public: string } {
    return {
      private: readFileSync(this.keyFile, "utf8"),
      public: readFileSync(`${this.keyFile}.pub`, "utf8").trim(),
    };
  }

  /** The line of authorized_keys that the host shows. */
  async hostKey(): Promise<string> {
    const key = await this.out("cat /etc/ssh/ssh_host_ed25519_key.pub");
    return key.split(" ").slice(0, 2).join(" ");
  }

  /** Runs a command as root. */
  ssh(command: string, input: string | Buffer = ""): Promise<Outcome> {
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
    const words = ["-F", "none", "-i", this.keyFile, "-p", String(this.sshPort)];
    return run(
      ["ssh", ...words, ...options.flatMap((option) => ["-o", option]), `root@${this.address}`, command],
      { input },
    );
  }

  /** What a command prints that has to succeed. */
  async out(command: string, input = ""): Promise<string> {
    return succeeded(await this.ssh(command, input)).stdout.trim();
  }

  /** The image of a shell and its tools, for the host's own containers. */
  async importTools(): Promise<void> {
    const applets = "sh cat echo sleep wget httpd touch stty true";
    const script =
      `cd "$(mktemp -d)" && mkdir bin && cp -L /bin/busybox bin && for a in ${applets}; do ln -s busybox bin/$a; done && ` +
      'echo open >gate && tar --numeric-owner --owner=0 --group=0 -cf - . | base64 && rm -r "$PWD"';
    const archive = succeeded(await run(["bash", "-c", script])).stdout;
    await this.out(`base64 -d | docker import --change 'CMD ["/bin/sh"]' - ${tools}`, archive);
  }

  async stop(): Promise<void> {
    await this.machine?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends it as a power cut does, and boots it again; addresses and ports stay. */
  async losePower(): Promise<void> {
    await this.machine!.losePower();
    await this.launch();
  }

  private async make(suite: Suite): Promise<void> {
    await succeededRun(["bash", images, "build", recipe, suite]);
    const image = (await succeededRun(["bash", images, "path", recipe, suite])).stdout.trim();
    const disk = join(this.folder, "disk");
    await succeededRun(["cp", "--sparse=always", join(image, "root.ext4"), disk]);
    await succeededRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", this.keyFile]);
    const commands = [
      ["/root/.ssh", 0],
      ["/home/admin/.ssh", 1000],
    ].flatMap(([place, user]) => [
      `mkdir ${place}`,
      `write ${this.keyFile}.pub ${place}/authorized_keys`,
      `set_inode_field ${place}/authorized_keys mode 0100600`,
      ...[place, `${place}/authorized_keys`].flatMap((file) => [
        `set_inode_field ${file} uid ${user}`,
        `set_inode_field ${file} gid ${user}`,
      ]),
    ]);
    writeFileSync(join(this.folder, "commands"), `${commands.join("\n")}\n`);
    await succeededRun(["debugfs", "-w", "-f", join(this.folder, "commands"), disk]);
  }

  private async boot(): Promise<void> {
    this.frontDoorPort = await freePort();
    this.sshForward = await freePort();
    await this.launch();
  }

  private async launch(): Promise<void> {
    const more = [
      `${this.address}:${this.sshPort}=22`,
      `${this.address}:2376`,
      `127.0.0.1:${this.frontDoorPort}`,
    ];
    this.machine = await launchContainer(this.folder, { port: 22, more }, this.sshForward);
    await this.machine.answers();
  }
}

function byte(): number {
  return 1 + Math.floor(Math.random() * 254);
}

async function succeededRun(command: string[]): Promise<Outcome> {
  return succeeded(await run(command));
}
