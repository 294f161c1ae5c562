import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerClient } from "./dockerClient";
import { Files, run as runNow } from "./openssl";
import { run, succeeded } from "./run";
import type { TestStack } from "./stack";

/** The clients of a test's stack, on this computer, and what they see of its server. */
export class StackClients {
  readonly files = new Files();
  private readonly docker: DockerClient[] = [];

  constructor(
    private readonly stack: TestStack,
    private readonly port: number,
  ) {}

  /** Place of a client's bundle, or of a file in it. */
  bundle(name: string, file = ""): string {
    return join(this.stack.home, ".docker/remote", this.stack.name, name, file);
  }

  /** A client's certificate, PEM. */
  certificate(name: string): string {
    return readFileSync(this.bundle(name, "cert.pem"), "utf8");
  }

  /** Somebody with a copy of a client's bundle: what becomes of the bundle from now on doesn't reach it. */
  holder(name: string): DockerClient {
    const environment = { DOCKER_HOST: `tcp://127.0.0.1:${this.port}`, DOCKER_TLS_VERIFY: "1" };
    const client = new DockerClient({ ...environment, DOCKER_CERT_PATH: this.files.copy(this.bundle(name)) });
    this.docker.push(client);
    return client;
  }

  /** The certificate that the front door shows, PEM. */
  async serverCertificate(): Promise<string> {
    const { stdout } = await run(["openssl", "s_client", "-connect", `127.0.0.1:${this.port}`]);
    return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(stdout)![0];
  }

  publicKey(certificate: string): string {
    return runNow("openssl", "x509", "-noout", "-pubkey", "-in", this.files.write(certificate));
  }

  /**
   * What the daemon answers a client in another time, or why not: docker's words on the machine itself, which is there
   * already (a Go program asks the kernel for the time), and curl's here.
   */
  async asked(name: string, time: string): Promise<{ docker: string; curl: string }> {
    const bundle = succeeded(await run(["tar", "-C", this.bundle(name), "-c", "."])).stdout;
    const environment = "DOCKER_HOST=tcp://127.0.0.1:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/tmp/bundle";
    const unpack = "rm -rf /tmp/bundle; mkdir /tmp/bundle; tar -x -C /tmp/bundle";
    const docker = await this.stack.machine(`${unpack}; ${environment} docker version`, bundle);
    const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((file) => this.bundle(name, file));
    const options = ["--silent", "--show-error", "--cacert", ca, "--cert", cert, "--key", key];
    const url = `https://127.0.0.1:${this.port}/version`;
    const curl = await run(["faketime", "-f", time, "curl", ...options, url]);
    return { docker: docker.stdout + docker.stderr, curl: curl.stdout + curl.stderr };
  }

  remove(): void {
    this.docker.forEach((client) => client.remove());
    this.files.remove();
  }
}

/** Why a client gets no answer; empty when it does. */
export async function refusalOf(docker: DockerClient): Promise<string> {
  const { status, stdout, stderr } = await docker.run(["version"]);
  return status === 0 ? "" : stdout + stderr;
}

/** A file of a client's bundle. */
export function bundleFile(docker: DockerClient, name: string): string {
  return join(docker.environment.DOCKER_CERT_PATH!, name);
}
