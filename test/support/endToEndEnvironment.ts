import { TestEnvironment } from "jest-environment-node";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endProcessesNaming } from "./processes";

/**
 * What a test file starts ends with it, also when a hook ran out of time and nothing else knows of it: each file has a
 * folder of its own for temporary files, which whatever it starts names in its command line or environment.
 */
export default class EndToEndEnvironment extends TestEnvironment {
  private readonly folder: string;
  private readonly outer: string | undefined;

  constructor(...args: ConstructorParameters<typeof TestEnvironment>) {
    const outer = process.env.TMPDIR;
    const folder = mkdtempSync(join(tmpdir(), "remote-docker-e2e-"));
    // While an image is built, apt reads there as a user of its own.
    chmodSync(folder, 0o755);
    process.env.TMPDIR = folder;
    super(...args);
    this.folder = folder;
    this.outer = outer;
  }

  override async teardown(): Promise<void> {
    await super.teardown();
    if (this.outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = this.outer;
    await endProcessesNaming(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
