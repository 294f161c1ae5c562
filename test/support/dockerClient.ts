import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, run, Running, succeeded } from "./run";

/** What a client sets to reach the daemon. */
export interface DockerEnvironment {
  DOCKER_HOST: string;
  /** Missing: it comes by SSH. */
  DOCKER_CERT_PATH?: string;
  DOCKER_TLS_VERIFY?: string;
  /** Default: this process's. */
  PATH?: string;
}

/** The image that {@link DockerClient.importTools} makes: a shell and its tools. */
export const tools = "tools:latest";

/** The real docker client, with buildx, as one client of a daemon; both come from the guest's image. */
export class DockerClient {
  private readonly folder = mkdtempSync(join(tmpdir(), "docker-client-"));
  readonly environment: NodeJS.ProcessEnv;
  readonly binary: string;

  constructor(environment: DockerEnvironment) {
    const script = join(__dirname, "../../components/machine/local/image.sh");
    const image = execFileSync("bash", [script, "path"], { encoding: "utf8" }).trim();
    const bin = join(image, "bin");
    this.binary = join(bin, "docker");
    symlinkSync(join(bin, "cli-plugins"), join(this.folder, "cli-plugins"));
    const { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, PATH = process.env.PATH } = environment;
    this.environment = {
      PATH,
      HOME: this.folder,
      DOCKER_CONFIG: this.folder,
      DOCKER_HOST,
      DOCKER_CERT_PATH,
      DOCKER_TLS_VERIFY,
    };
  }

  /** `docker <args>`, to its end. */
  run(args: string[], options: { input?: string | Buffer; env?: NodeJS.ProcessEnv } = {}): Promise<Outcome> {
    return run([this.binary, ...args], {
      input: options.input,
      env: { ...this.environment, ...options.env },
    });
  }

  /** What `docker <args>` printed, without the last line's end; an error when it failed. */
  async out(...args: string[]): Promise<string> {
    return succeeded(await this.run(args)).stdout.trimEnd();
  }

  /** `docker <args>`, left running. */
  start(...args: string[]): Running {
    return new Running(spawn(this.binary, args, { env: this.environment }));
  }

  /** An image made from nothing: no registry is needed. */
  async importTools(): Promise<void> {
    const root = join(this.folder, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    cpSync("/bin/busybox", join(root, "bin/busybox"), { dereference: true });
    for (const applet of [
      "sh",
      "cat",
      "echo",
      "sleep",
      "wget",
      "httpd",
      "touch",
      "stty",
      "true",
      "nc",
      "awk",
      "grep",
    ]) {
      symlinkSync("busybox", join(root, "bin", applet));
    }
    writeFileSync(join(root, "gate"), "open\n");
    const archive = join(this.folder, "root.tar");
    succeeded(
      await run(["tar", "--numeric-owner", "--owner=0", "--group=0", "-C", root, "-cf", archive, "."]),
    );
    succeeded(await this.run(["import", "--change", 'CMD ["/bin/sh"]', archive, tools]));
  }

  /** A folder with a Dockerfile, for `docker build`. */
  buildContext(name: string, dockerfile: string): string {
    const context = join(this.folder, name);
    mkdirSync(context);
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    return context;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
