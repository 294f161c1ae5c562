import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../support/run";

jest.setTimeout(60_000);

const checkout = join(__dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a file as Jest runs one of the end-to-end tests; what the file wrote down. */
async function endToEnd(file: string): Promise<{ stderr: string; note: string[] }> {
  const { projects } = jest.requireActual<{ projects: object[] }>("../../../jest.config.js");
  const config = {
    ...projects[1],
    globalSetup: undefined, // the file needs no machine
    rootDir: checkout,
    testMatch: [join(__dirname, "fixtures", file)],
  };
  const command = [process.execPath, join(checkout, "node_modules/jest/bin/jest.js")];
  const env = { ...process.env, NOTE: join(folder, "note") };
  const { stderr } = await run([...command, "--config", JSON.stringify(config)], { env });
  return { stderr, note: readFileSync(env.NOTE, "utf8").trim().split(" ") };
}

/** Nothing, too, of a process that has ended but that its parent hasn't asked after. */
function commandOf(pid: string): string {
  return existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
}

test("what a file started ends with it, and its temporary files go, when a hook ran out of time", async () => {
  const { stderr, note } = await endToEnd("slowHook.ts");
  expect(stderr).toContain("Exceeded timeout");
  const [pid, home] = note;
  expect(commandOf(pid)).toBe("");
  expect(home).toContain("remote-docker-e2e-");
  expect(existsSync(dirname(home))).toBe(false);
});
