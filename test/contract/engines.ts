import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Outcome, run, succeeded } from "../support/run";
import type { Case, Planned } from "./cases";
import { type Exported, normalised } from "./normalise";

const checkout = join(__dirname, "../..");

/** One that can run a Pulumi program. */
export interface Engine {
  name: string;
  command: string[];
  environment: NodeJS.ProcessEnv;
}

export const offline: Engine = {
  name: "offline",
  command: [process.execPath, join(checkout, "engine/main.ts")],
  environment: {},
};

/** Where PULUMI_OFFICIAL_BIN names its binary; PULUMI_HOME then has the plugins. */
export const official: Engine | undefined = process.env.PULUMI_OFFICIAL_BIN
  ? {
      name: "official",
      command: [process.env.PULUMI_OFFICIAL_BIN],
      environment: {
        PATH: [dirname(process.env.PULUMI_OFFICIAL_BIN), dirname(process.execPath), process.env.PATH].join(
          ":",
        ),
        PULUMI_HOME: process.env.PULUMI_HOME,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    }
  : undefined;

const chosen = ["--stack", "contract"];

/** What only the run knows: where sshd is and who may log in. */
export type Values = Record<string, string | number>;

/** The program with the cases' resources, in a project folder and a backend of its own. */
export class Project {
  private readonly folder = mkdtempSync(join(tmpdir(), "contract-"));
  private readonly project = join(this.folder, "project");
  private readonly cases: Record<string, Case>;
  private readonly values: Values;

  constructor(cases: Record<string, Case>, values: Values) {
    this.cases = cases;
    this.values = values;
    cpSync(join(__dirname, "program"), this.project, { recursive: true });
    symlinkSync(join(checkout, "node_modules"), join(this.project, "node_modules"));
    mkdirSync(join(this.folder, "backend"));
    this.write(false);
  }

  /** Chooses between the program's first and its second form. */
  write(changed: boolean): void {
    const { cases: resources, values } = this;
    writeFileSync(join(this.project, "cases.json"), JSON.stringify({ changed, values, resources }), {
      mode: 0o600,
    });
  }

  async init(engine: Engine): Promise<void> {
    await this.succeed(engine, "stack", "init", "contract");
  }

  async up(engine: Engine): Promise<void> {
    await this.succeed(engine, "up", "--yes", "--skip-preview", "--non-interactive", ...chosen);
  }

  async destroy(engine: Engine): Promise<void> {
    await this.succeed(engine, "destroy", "--yes", "--skip-preview", "--non-interactive", ...chosen);
  }

  /** The state's resources by name, normalised. */
  async state(engine: Engine): Promise<Record<string, Record<string, unknown>>> {
    const { stdout } = await this.succeed(engine, "stack", "export", "--show-secrets", ...chosen);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: Exported[] } };
    return Object.fromEntries(
      (deployment.resources ?? []).map((resource) => [
        nameOf(resource.urn),
        normalised(resource, this.values),
      ]),
    );
  }

  /** What the engine would do, by the resource's name; nothing for what stays as it is. */
  async plan(engine: Engine): Promise<Record<string, Planned>> {
    const { stdout } = await this.succeed(engine, "preview", "--json", ...chosen);
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string; diffReasons?: string[] }[] };
    // The parts of a replacement are one step more or less in either engine's account.
    const parts = ["same", "create-replacement", "delete-replaced"];
    return Object.fromEntries(
      steps
        .filter(({ op }) => !parts.includes(op))
        .map(({ op, urn, diffReasons = [] }) => {
          const name = nameOf(urn);
          return [name, { op, reasons: diffReasons.filter((reason) => this.gives(name, reason)).sort() }];
        }),
    );
  }

  /** Whether the program gives the resource that property: outputs among the reasons are for the display. */
  private gives(name: string, property: string): boolean {
    const { properties, change } = this.cases[name] ?? {};
    return property in { ...properties, ...change?.properties };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async succeed(engine: Engine, ...args: string[]): Promise<Outcome> {
    const env = {
      PATH: process.env.PATH,
      HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${this.folder}/backend`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase for tests alone",
      ...engine.environment,
    };
    return succeeded(await run([...engine.command, ...args], { cwd: this.project, env }));
  }
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
