import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pki } from "./pki";
import { type Outcome, run, Running } from "./run";

const cli = join(__dirname, "../../cli");
const command = join(cli, "bundle.ts");

/** `npm run bundle` as it runs below npm, on a stack's outputs as they are with --show-secrets. */
export class BundleCommand {
  private readonly folder = mkdtempSync(join(tmpdir(), "bundle-"));
  readonly pki: Pki;
  private readonly ownPki: Pki | undefined;
  readonly home = join(this.folder, "home");
  /** Where the user calls npm. */
  readonly here = join(this.folder, "here");
  outputs: Record<string, unknown>;

  /**
   * @param clients those who have a key of the program's making, and those who gave a request
   * @param pki whoever gives one removes it
   */
  constructor(
    clients: { made: string[]; requested?: string[] },
    private readonly dockerHost = "tcp://192.0.2.7:2376",
    pki?: Pki,
  ) {
    this.ownPki = pki === undefined ? new Pki() : undefined;
    this.pki = pki ?? this.ownPki!;
    mkdirSync(this.home);
    mkdirSync(this.here);
    this.outputs = this.realOutputs(clients);
  }

  /** Runs it, or another one of the user's commands, to its end. */
  run(
    args: string[],
    options: { input?: string; env?: NodeJS.ProcessEnv; command?: string } = {},
  ): Promise<Outcome> {
    const file = options.command === undefined ? command : join(cli, `${options.command}.ts`);
    return run([process.execPath, file, ...args], {
      cwd: this.folder,
      input: options.input,
      env: { ...this.environment(), ...options.env },
    });
  }

  /** Starts any command line with a terminal of its own; `$0` is `npm run bundle --`. */
  atTerminal(line: string): Running {
    const shell = `sh -c '${line}' '${process.execPath} ${command}'`;
    const child = spawn("script", ["-qec", shell, "/dev/null"], { cwd: this.here, env: this.environment() });
    return new Running(child);
  }

  /** The files of a client's bundle, as the outputs have them. */
  pems(client: string): Record<string, string> {
    return (this.outputs.bundles as Record<string, Record<string, string>>)[client];
  }

  remove(): void {
    this.ownPki?.remove();
    rmSync(this.folder, { recursive: true });
  }

  private environment(): NodeJS.ProcessEnv {
    const file = join(this.folder, "outputs.json");
    writeFileSync(file, JSON.stringify(this.outputs));
    return {
      PATH: process.env.PATH,
      HOME: this.home,
      TMPDIR: this.here,
      INIT_CWD: this.here,
      // In the engine's place: the outputs are all that the command wants from it.
      REMOTE_DOCKER_PULUMI: JSON.stringify(["sh", "-c", 'cat "$STAND_IN_OUTPUTS"', "engine"]),
      STAND_IN_OUTPUTS: file,
    };
  }

  private realOutputs({ made, requested = [] }: { made: string[]; requested?: string[] }) {
    const bundles = [...made, ...requested].map((name) => {
      const { certificate, key } = this.pki.signed(name, "root", "clientAuth");
      const pems = { "ca.pem": this.pki.root.certificate, "cert.pem": certificate };
      return [name, requested.includes(name) ? pems : { ...pems, "key.pem": key }];
    });
    const environment = (name: string) => ({
      DOCKER_HOST: this.dockerHost,
      DOCKER_CERT_PATH: `/home/operator/.docker/remote/dev/${name}`,
      DOCKER_TLS_VERIFY: "1",
    });
    return {
      ...environment(made[0]),
      clients: Object.fromEntries(bundles.map(([name]) => [name, environment(String(name))])),
      bundles: Object.fromEntries(bundles),
      operator: {
        host: "192.0.2.7",
        port: 2376,
        user: "provision",
        privateKey: this.pki.selfSigned("operator").key,
        hostKey: "ecdsa-sha2-nistp256 AAAA",
      },
      rotationPhase: "none",
    };
  }
}
