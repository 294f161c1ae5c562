import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { processesNaming } from "../support/processes";
import { run, Running } from "../support/run";

jest.setTimeout(300_000);

const checkout = join(__dirname, "../..");

/** Jest with a test file whose machine is running, and the file's folder for temporary files. */
async function endlessRun(fixture: string): Promise<{ kill: () => Promise<unknown>; folder: string }> {
  const { projects } = jest.requireActual<{ projects: object[] }>("../../jest.config.js");
  const config = {
    ...projects[1],
    rootDir: checkout,
    testMatch: [join(__dirname, fixture)],
  };
  const program = [join(checkout, "node_modules/jest/bin/jest.js"), "--config", JSON.stringify(config)];
  const child = spawn(process.execPath, program);
  const running = new Running(child);
  const printed = await running.prints(/a machine runs in (\S+);/);
  const kill = () => {
    child.kill("SIGKILL");
    return running.end();
  };
  return { kill, folder: printed[1] };
}

/** The control groups, of those that machines make, in which processes are that name a folder. */
function controlGroups(folder: string): string[] {
  const groups = processesNaming(folder).flatMap((pid) =>
    [...read(`/proc/${pid}/cgroup`).matchAll(/^0::(\/remote-docker-test-\d+)/gm)].map(([, group]) => group),
  );
  return [...new Set(groups)];
}

/** What of this computer's kernel names a folder. */
async function traces(folder: string): Promise<string[]> {
  const loops = await run(["losetup", "--list", "--noheadings", "--output", "BACK-FILE"]);
  const lines = [...loops.stdout.split("\n"), ...read("/proc/self/mounts").split("\n")];
  return lines.filter((line) => line.includes(folder));
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function isGone(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (existsSync(folder)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(folder), look);
    look();
  });
}

test.each([
  ["its machine", "fixtures/endlessMachine.ts"],
  ["an instance of EC2 with a volume", "fixtures/endlessInstance.ts"],
])(
  "a run that is killed leaves no process, mount, loop device, control group or file of %s",
  async (_, fixture) => {
    const { kill, folder } = await endlessRun(fixture);
    const groups = controlGroups(folder);
    expect(processesNaming(folder)).not.toEqual([]);
    await kill();
    await isGone(folder);
    expect(processesNaming(folder)).toEqual([]);
    expect(await traces(folder)).toEqual([]);
    for (const group of groups) {
      const { stdout } = await run(["findmnt", "-rno", "TARGET", "-t", "cgroup2"]);
      expect(readdirSync(stdout.split("\n")[0])).not.toContain(basename(group));
    }
  },
);
