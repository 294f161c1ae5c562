import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FileBackend } from "../../../engine/state/backend";
import { breakLocks, takeLock } from "../../../engine/state/lock";

jest.setTimeout(60_000);

let folder: string;
let backend: FileBackend;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-lock-"));
  backend = new FileBackend(`file://${folder}`, "trial");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const locks = (): string => join(folder, ".pulumi", "locks", "organization", "trial", "dev");

function writeLock(owner: object): void {
  mkdirSync(locks(), { recursive: true });
  const text = JSON.stringify({ username: "eve", timestamp: "2026-01-01T00:00:00Z", ...owner });
  writeFileSync(join(locks(), "other.json"), text);
}

test("the lock names its owner to a second run, and ends with its release", async () => {
  const lock = await takeLock(backend, "dev");
  await expect(takeLock(backend, "dev")).rejects.toThrow(
    new RegExp(`@${hostname()} \\(pid ${process.pid}\\)`),
  );
  lock.release();
  (await takeLock(backend, "dev")).release();
  expect(readdirSync(locks())).toEqual([]);
});

test("of two that try at once, no two get it", async () => {
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => takeLock(backend, "dev")));
  expect(tries.filter(({ status }) => status === "fulfilled").length).toBeLessThan(2);
  const held = tries.length - tries.filter(({ status }) => status === "rejected").length;
  expect(readdirSync(locks()).length).toBe(held);
});

test("a lock that doesn't say exactly whose it is is respected until cancel", async () => {
  writeLock({ pid: 2 ** 22 + 1, hostname: hostname() });
  await expect(takeLock(backend, "dev")).rejects.toThrow(/pulumi cancel --stack dev.*eve@/s);
  expect(await breakLocks(backend, "dev")).toBe(1);
  (await takeLock(backend, "dev")).release();
});

test("a lock from before the computer's restart, or of another computer, is respected", async () => {
  const lock = await takeLock(backend, "dev");
  const [mine] = readdirSync(locks());
  const owner = JSON.parse(readFileSync(join(locks(), mine), "utf8")) as { process: object };
  lock.release();
  const gone = { ...owner, pid: 2 ** 22 + 1 };
  writeLock({ ...gone, process: { ...owner.process, boot: "8f1d6b0e-0000-4000-8000-000000000000" } });
  await expect(takeLock(backend, "dev")).rejects.toThrow(/currently locked/);
  writeLock(gone);
  (await takeLock(backend, "dev")).release();
});

describe("in containers with equal host names", () => {
  const module = (name: string) => JSON.stringify(pathToFileURL(resolve(`engine/state/${name}.ts`)).href);
  const started: ChildProcessWithoutNullStreams[] = [];
  afterEach(() => started.splice(0).forEach((child) => child.kill("SIGKILL")));

  /** Takes the lock, says so, and keeps it. */
  const program = () => `
    const { FileBackend } = await import(${module("backend")});
    const { takeLock } = await import(${module("lock")});
    await takeLock(new FileBackend(${JSON.stringify(`file://${folder}`)}, "trial"), "dev").then(
      () => console.log("taken"),
      ({ message }) => console.log(message.replaceAll("\\n", " ")),
    );
    setInterval(() => {}, 1000);`;

  /** A shell with `take` for the program, in namespaces of its own; the next process gets the number after `last`. */
  function container(last: number, script: string): AsyncIterator<string> {
    const setUp = `set -eu; echo runner > /proc/sys/kernel/hostname; take() { exec "$0" -e "$1"; }
      next() { echo "$1" > /proc/sys/kernel/ns_last_pid; }; next ${last}`;
    const namespaces = ["--pid", "--uts", "--fork", "--kill-child", "--mount-proc"];
    const shell = ["bash", "-c", `${setUp}\n${script}`, process.execPath, program()];
    const child = spawn("unshare", [...namespaces, ...shell]);
    started.push(child);
    return lines(child);
  }

  async function* lines(child: ChildProcessWithoutNullStreams): AsyncGenerator<string> {
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      const whole = text.split("\n");
      text = whole.pop()!;
      yield* whole;
    }
  }

  const alone = (last: number) => container(last, 'take "$1" & wait');
  const next = async (output: AsyncIterator<string>) => (await output.next()).value as string;

  test.each([
    ["another number", 2000],
    ["the same number", 999],
  ])("a process of another one, with %s, keeps its lock", async (_, last) => {
    expect(await next(alone(999))).toBe("taken");
    expect(await next(alone(last))).toMatch(/currently locked.*runner \(pid 1000\)/);
    for (const child of started.splice(0)) child.kill("SIGKILL");
    await expect(takeLock(backend, "dev")).rejects.toThrow(/currently locked.*pulumi cancel/);
  });

  test("a lock is taken from a process of the same one once that has ended, also when its number is used again", async () => {
    execFileSync("mkfifo", [`${folder}/told`, `${folder}/go`]);
    const output = container(
      999,
      `take "$1" > ${folder}/told & first=$!
       read -r said < ${folder}/told; echo "$said"
       take "$1" & read -r _ < ${folder}/go
       kill -9 $first; wait $first || true
       next 999; sleep 1000 & echo "$first $!"
       take "$1" & wait`,
    );
    expect(await next(output)).toBe("taken");
    expect(await next(output)).toMatch(/currently locked.*runner \(pid 1000\)/);
    writeFileSync(`${folder}/go`, "\n");
    expect(await next(output)).toBe("1000 1000");
    expect(await next(output)).toBe("taken");
  });
});
