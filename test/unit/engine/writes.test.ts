import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileBackend, type UpdateInfo } from "../../../engine/state/backend";
import type { Checkpoint } from "../../../engine/state/file";
import { takeLock } from "../../../engine/state/lock";

/** Which operation on a file fails next, from 1; 0: none. */
let failing = 0;
let done = 0;

/** Whether it is this operation's turn to fail. */
function mockTurn(): boolean {
  return ++done === failing;
}

function mockFull(): never {
  throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
}

// The real file system, of which one operation fails as on a full disk: what was to be written may be there by half.
jest.mock("node:fs/promises", () => {
  const real = jest.requireActual<typeof fs>("node:fs/promises");
  const failsAtItsTurn =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      mockTurn() ? Promise.reject(new Error("ENOSPC: no space left on device")) : operation(...args);
  const open: typeof real.open = async (...args) => {
    if (mockTurn()) mockFull();
    const handle = await real.open(...args);
    const [write, sync, close] = [handle.writeFile, handle.sync, handle.close].map((method) =>
      method.bind(handle),
    ) as [typeof handle.writeFile, typeof handle.sync, typeof handle.close];
    handle.writeFile = async (text) => {
      if (!mockTurn()) return write(text);
      await write(String(text).slice(0, String(text).length / 2));
      mockFull();
    };
    handle.sync = async () => (mockTurn() ? mockFull() : sync());
    handle.close = async () => {
      await close();
      if (mockTurn()) mockFull();
    };
    return handle;
  };
  const copyFile: typeof real.copyFile = async (from, to) => {
    if (!mockTurn()) return real.copyFile(from, to);
    await real.writeFile(to, (await real.readFile(from)).subarray(0, 20), { mode: 0o600 });
    mockFull();
  };
  const [mkdir, rename] = [real.mkdir, real.rename].map((operation) =>
    failsAtItsTurn(operation as (...args: unknown[]) => Promise<unknown>),
  );
  return { ...real, open, copyFile, mkdir, rename };
});

const stateOf = (stack: string): Checkpoint => ({ version: 3, checkpoint: { stack } });
const former = stateOf("organization/trial/former");
const newer = stateOf("organization/trial/newer");
const update = (message: string): UpdateInfo => ({
  ...{ kind: "update", startTime: 1, endTime: 2, message, environment: {}, config: {} },
  ...{ result: "succeeded", resourceChanges: {} },
});

let folder: string;
let backend: FileBackend;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-writes-"));
  backend = new FileBackend(`file://${folder}`, "trial");
  failing = done = 0;
  await backend.create("dev");
  await backend.write("dev", former);
  await backend.addToHistory("dev", update("former"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What an update does to the files. */
async function work(): Promise<void> {
  const lock = await takeLock(backend, "dev");
  try {
    await backend.write("dev", newer);
    await backend.addToHistory("dev", update("newer"));
  } finally {
    lock.release();
  }
}

/** The same, with an operation that fails. */
async function workFailingAt(operation: number): Promise<unknown> {
  failing = operation;
  done = 0;
  const failure: unknown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  failing = 0;
  return failure;
}

/** Files of which nobody knows. */
function strays(): string[] {
  const known = /^(meta\.yaml|dev\.json|dev\.json\.bak|dev-\d{19}\.(history|checkpoint)\.json)$/;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !known.test(entry.name))
    .map(({ name }) => name);
}

async function operations(): Promise<number> {
  expect(await workFailingAt(0)).toBeUndefined();
  return done;
}

const points = Array.from({ length: 31 }, (_, index) => index + 1);

test("the points are all that there are", async () => {
  expect(await operations()).toBe(points.length);
});

test.each(points)(
  "when the disk is full at file operation %i of an update, the old or the new state is there, whole, and nothing is in the way of the next one",
  async (operation) => {
    expect(await workFailingAt(operation)).toMatchObject({ message: expect.stringContaining("ENOSPC") });
    expect([former, newer]).toContainEqual(await backend.read("dev"));
    expect((await backend.history("dev")).map(({ message }) => message)).toContain("former");
    expect(strays()).toEqual([]);

    expect(await workFailingAt(0)).toBeUndefined();
    expect(await backend.read("dev")).toEqual(newer);
    expect((await backend.history("dev"))[0].message).toBe("newer");
    expect(strays()).toEqual([]);
  },
);
