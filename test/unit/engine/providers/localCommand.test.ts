import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { localCommand } from "../../../../engine/providers/command/local.ts";
import { type PropertyMap, Secret, UNKNOWN } from "../../../../engine/providers/provider.ts";
import { made, testContext } from "./context.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "local-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const stdout = async (properties: PropertyMap) => (await made(localCommand, properties)).outputs.stdout;

describe("a local command", () => {
  test("gets the resource's input, and what it writes is kept without the last line break", async () => {
    const { id, inputs, outputs } = await made(localCommand, {
      create: "cat; echo there >&2",
      stdin: "here\n\n",
    });
    expect(outputs).toEqual({ ...inputs, stdout: "here\n", stderr: "there" });
    expect(id).toMatch(/^thing[0-9a-f]{8}$/);
  });

  test("has the end of its input at once when there is none", async () => {
    expect(await stdout({ create: "cat" })).toBe("");
    expect(await stdout({ create: "cat", stdin: "" })).toBe("");
  });

  test("that doesn't read its input succeeds all the same", async () => {
    expect(await stdout({ create: "exec 0<&-; echo done", stdin: "x".repeat(2 ** 20) })).toBe("done");
  });

  test("runs under /bin/sh in the project's root, and says so when that is gone", async () => {
    const inputs = { create: 'echo "$0"; pwd' };
    const here = testContext({ directory: folder });
    expect((await made(localCommand, inputs, here)).outputs.stdout).toBe(`/bin/sh\n${folder}`);
    const gone = path.join(folder, "gone");
    await expect(made(localCommand, inputs, testContext({ directory: gone }))).rejects.toThrow(
      `the project's root ${gone}, where commands run, is no longer there; put it back`,
    );
  });

  test("has the engine's environment and the resource's", async () => {
    const create = 'echo "$HOME $GREETING"';
    expect(await stdout({ create, environment: { GREETING: "hello" } })).toBe(`${process.env.HOME} hello`);
  });

  test("gets the previous output on update and delete, unless that isn't wanted", async () => {
    const file = path.join(folder, "previous");
    const inputs = {
      create: "echo made; echo warned >&2",
      update: 'echo "$PULUMI_COMMAND_STDOUT, $PULUMI_COMMAND_STDERR"',
      delete: `echo "$PULUMI_COMMAND_STDOUT" >${file}`,
    };
    const state = await made(localCommand, inputs);
    expect(state.outputs.stdout).toBe("made");
    const updated = await localCommand.update!(state.id, state, inputs, testContext());
    expect(updated.outputs).toEqual({ ...inputs, stdout: "made, warned", stderr: "" });

    const alone = { ...inputs, addPreviousOutputInEnv: false };
    expect((await localCommand.update!(state.id, state, alone, testContext())).outputs.stdout).toBe(", ");

    await localCommand.delete!(state.id, { inputs, ...updated }, testContext());
    expect(fs.readFileSync(file, "utf8")).toBe("made, warned\n");
  });

  test("runs create again on update when there is no update", async () => {
    const state = await made(localCommand, { create: "echo one" });
    const news = { create: "echo two" };
    const { outputs } = await localCommand.update!(state.id, state, news, testContext());
    expect(outputs).toEqual({ create: "echo two", stdout: "two", stderr: "" });
  });

  test("that isn't there does nothing, and the previous output stays", async () => {
    const state = await made(localCommand, { triggers: ["a"] });
    expect(state.outputs).toEqual({ triggers: ["a"], stdout: "", stderr: "" });
    const olds = { inputs: {}, outputs: { create: "echo old", stdout: "old", stderr: "" } };
    expect((await localCommand.update!("id", olds, {}, testContext())).outputs.stdout).toBe("old");
    await localCommand.delete!("id", olds, testContext());
  });

  test("keeps what is secret among its inputs secret, and only that", async () => {
    const { outputs } = await made(localCommand, {
      create: "cat",
      stdin: new Secret("key"),
      environment: { A: new Secret("b") },
    });
    expect(outputs).toEqual({
      create: "cat",
      stdin: new Secret("key"),
      environment: { A: new Secret("b") },
      stdout: "key",
      stderr: "",
    });
  });
});

describe("what a command writes is shown", () => {
  const shown = async (logging?: string) => {
    const context = testContext();
    await made(localCommand, { create: "echo out; echo err >&2", ...(logging && { logging }) }, context);
    return context.lines.sort();
  };

  test.each([
    [undefined, ["err", "out"]],
    ["stdoutAndStderr", ["err", "out"]],
    ["stdout", ["out"]],
    ["stderr", ["err"]],
    ["none", []],
  ])("by logging %s", async (logging, lines) => {
    expect(await shown(logging)).toEqual(lines);
  });

  test("line by line while it runs", async () => {
    const file = path.join(folder, "go");
    const lines: string[] = [];
    const log = (_severity: string, line: string) => {
      lines.push(line);
      fs.writeFileSync(file, "");
    };
    const create = `printf 'waiting\\nha'; while ! [ -e ${file} ]; do sleep 0.02; done; echo lf`;
    await made(localCommand, { create }, testContext({ log }));
    expect(lines).toEqual(["waiting", "half"]);
  });

  test("characters that arrive in pieces are whole", async () => {
    const context = testContext();
    const create = "printf '\\303'; sleep 0.1; printf '\\251\\n'";
    const { outputs } = await made(localCommand, { create }, context);
    expect(context.lines).toEqual(["é"]);
    expect(outputs.stdout).toBe("é");
  });
});

describe("a command that fails", () => {
  const failure = async (properties: PropertyMap, context = testContext()) =>
    made(localCommand, properties, context).then(
      () => "",
      (error: Error) => error.message,
    );

  test("says its status and its last words, never its input", async () => {
    const create = "cat >/dev/null; echo out; echo why >&2; exit 3";
    const [what, ...words] = (await failure({ create, stdin: "s3cret" })).split("\n");
    expect(what).toBe(`the create command "${create}" ended with exit status 3:`);
    expect(words.sort()).toEqual(["out", "why"]);
  });

  test("says only the end of much", async () => {
    const message = await failure({ create: "seq 1000 >&2; exit 1" });
    expect(message).toMatch(/exit status 1:\n971\n(\d+\n)+1000$/);
  });

  test("falls back on what it wrote to stdout, where that is shown", async () => {
    expect(await failure({ create: "echo why; exit 1" })).toMatch(/:\nwhy$/);
    expect(await failure({ create: "echo why; exit 1", logging: "none" })).toMatch(/exit status 1$/);
  });

  test("is named by its first line, shortened, or not at all when it is secret", async () => {
    expect(await failure({ create: `exit 1 # ${"x".repeat(100)}\nmore` })).toBe(
      `the create command "exit 1 # ${"x".repeat(70)}…" ended with exit status 1`,
    );
    expect(await failure({ create: new Secret("exit 1") })).toBe(
      "the create command ended with exit status 1",
    );
  });

  test("says which signal ended it", async () => {
    expect(await failure({ create: "kill -KILL $$" })).toContain("was ended by signal SIGKILL");
  });
});

describe("a command that must stop", () => {
  test("is told to end with everything that it started, and cleans up", async () => {
    const [own, inner] = [path.join(folder, "own"), path.join(folder, "inner-process")];
    const trap = (file: string) => `trap 'touch ${file}; exit' TERM`;
    const forever = "while :; do sleep 0.02; done";
    const controller = new AbortController();
    const context = testContext({ signal: controller.signal, log: () => controller.abort() });
    // What is printed ends it: by then both must be ready for the signal.
    const create = `${trap(own)}; (${trap(inner)}; echo started; ${forever}) & ${forever}`;
    await expect(made(localCommand, { create }, context)).rejects.toThrow(/ was cancelled$/);
    expect(fs.existsSync(own)).toBe(true);
    while (!fs.existsSync(inner)) await sleep(10);
  });

  test("says when the operation's time was over", async () => {
    const context = testContext({ timeoutSeconds: 0.2 });
    await expect(made(localCommand, { create: "sleep 60" }, context)).rejects.toThrow(
      'the create command "sleep 60" was given up after 0.2 s; raise customTimeouts',
    );
  });
});

describe("check and diff", () => {
  test("take what the official provider takes, as it is", () => {
    const inputs = {
      create: "a",
      update: UNKNOWN,
      delete: new Secret("c"),
      triggers: [1, { a: [true] }, UNKNOWN],
      stdin: "",
      logging: "none",
      environment: { A: new Secret("1"), B: UNKNOWN },
      addPreviousOutputInEnv: true,
    };
    expect(localCommand.check({ ...inputs, archivePaths: null })).toEqual({ inputs, failures: [] });
  });

  test.each([
    [{ create: 1 }, "create", "must be text"],
    [{ triggers: "a" }, "triggers", "must be a list"],
    [{ environment: { A: new Secret(1) } }, "environment.A", "must be text"],
    [{ environment: [] }, "environment", "must be a map"],
    [{ logging: "all" }, "logging", "must be one of stdout, stderr, stdoutAndStderr, none"],
    [{ addPreviousOutputInEnv: "yes" }, "addPreviousOutputInEnv", "must be true or false"],
    [{ assetPaths: ["*"] }, "assetPaths", "official Pulumi CLI"],
    [{ archivePaths: ["*"] }, "archivePaths", "official Pulumi CLI"],
    [{ interpreter: ["sh"] }, "interpreter", "official Pulumi CLI"],
    [{ dir: "." }, "dir", "official Pulumi CLI"],
    [{ connection: {} }, "connection", "is not known"],
  ] as [PropertyMap, string, string][])("refuse %j", (properties, property, reason) => {
    const { failures } = localCommand.check(properties);
    expect(failures).toEqual([{ property, reason: expect.stringContaining(reason) as string }]);
  });

  test("a changed trigger replaces, everything else updates", () => {
    const inputs = { create: "a", stdin: new Secret("b"), triggers: [{ a: 1 }], __defaults: [] };
    const diff = (changes: PropertyMap) =>
      localCommand.diff({ inputs, outputs: { stdout: "x" } }, { ...inputs, ...changes });
    expect(diff({})).toEqual({ changed: [], replace: [] });
    expect(diff({ triggers: [{ a: 2 }] })).toEqual({ changed: ["triggers"], replace: ["triggers"] });
    expect(diff({ triggers: [{ a: UNKNOWN }] })).toEqual({ changed: ["triggers"], replace: ["triggers"] });
    expect(diff({ stdin: new Secret("c"), delete: "d" })).toEqual({
      changed: ["stdin", "delete"],
      replace: [],
    });
    expect(diff({ stdin: "b" })).toEqual({ changed: ["stdin"], replace: [] });
    expect(diff({ create: UNKNOWN })).toEqual({ changed: ["create"], replace: [] });
  });
});
