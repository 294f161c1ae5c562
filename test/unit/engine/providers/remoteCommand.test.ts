import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, Server, type ServerChannel } from "ssh2";
import { plain, Secret, UNKNOWN } from "../../../../engine/providers/provider.ts";
import { remoteCommand } from "../../../../engine/providers/command/remote.ts";
import { made, testContext } from "./context.ts";
import { freePort, Sshd, sshKey } from "./sshd.ts";

// Every connection is a real one, and a busy computer takes its time.
jest.setTimeout(30_000);

const sshd = new Sshd();
beforeAll(() => sshd.start());
afterAll(() => sshd.remove());

function create(properties: Record<string, unknown>, connection = {}, context = testContext()) {
  return made(
    remoteCommand,
    { create: "echo reached", ...properties, connection: { ...sshd.connection(), ...connection } },
    context,
  );
}

describe("a remote command", () => {
  test("gets the resource's input, and what it writes is shown and kept", async () => {
    const context = testContext();
    const { id, outputs } = await create({ create: "cat; echo there >&2", stdin: "here\n\n" }, {}, context);
    expect(outputs).toMatchObject({ stdout: "here\n", stderr: "there" });
    expect(context.lines.sort()).toEqual(["", "here", "there"]);
    expect(id).toMatch(/^thing[0-9a-f]{8}$/);
  });

  test("gets more input than the connection's window holds", async () => {
    const megabytes = "0123456789abcde\n".repeat(4 * 65536);
    const { outputs } = await create({ create: "wc -c", stdin: megabytes, logging: "none" });
    expect(outputs.stdout).toBe(String(megabytes.length));
  });

  test("that doesn't read its input succeeds all the same", async () => {
    const { outputs } = await create({ stdin: "x".repeat(4 * 2 ** 20) });
    expect(outputs.stdout).toBe("reached");
  });

  test("has the end of its input at once when there is none", async () => {
    expect((await create({ create: "cat" })).outputs.stdout).toBe("");
  });

  test("gets the environment that the server accepts", async () => {
    const { outputs } = await create({
      create: 'echo "$GREETING"',
      environment: { GREETING: "hello world" },
    });
    expect(outputs.stdout).toBe("hello world");
  });

  test("gets the previous output on update, and an update without a command of its own runs create", async () => {
    const state = await create({ create: "echo one; echo two >&2", triggers: ["a"] });
    const create2 = 'echo "$PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR"';
    const { outputs } = await remoteCommand.update!(
      state.id,
      state,
      { ...state.inputs, create: create2 },
      testContext(),
    );
    expect(outputs).toMatchObject({ stdout: "one two", stderr: "", triggers: ["a"], create: create2 });

    const silent = { ...state.inputs, create: create2, addPreviousOutputInEnv: false };
    expect((await remoteCommand.update!(state.id, state, silent, testContext())).outputs.stdout).toBe(" ");
  });

  test("runs its delete command over the connection that the state holds", async () => {
    const file = path.join(sshd.folder, "deleted");
    const state = await create({ delete: `touch ${file}` });
    await remoteCommand.delete!(state.id, state, testContext());
    expect(fs.existsSync(file)).toBe(true);
  });

  test("that fails says how and what it wrote last, but never its input", async () => {
    const failing = create({
      create: "cat >/dev/null; echo why >&2; exit 7",
      stdin: "s3cret",
      logging: "none",
    });
    await expect(failing).rejects.toThrow(
      'the create command "cat >/dev/null; echo why >&2; exit 7" ended with exit status 7:\nwhy',
    );
    await expect(failing).rejects.not.toThrow("s3cret");
  });

  test("that a signal ended says which", async () => {
    await expect(create({ create: "kill -KILL $$" })).rejects.toThrow("was ended by signal SIGKILL");
  });

  test("goes by its proxy, which is known by a key of its own", async () => {
    const proxy = sshd.connection();
    expect((await create({}, { proxy })).outputs.stdout).toBe("reached");
    const other = sshKey(sshd.folder, "other-proxy");
    const wrong = create({}, { proxy: { ...proxy, hostKey: other.publicKey } });
    await expect(wrong).rejects.toThrow("is pinned; it is another machine");
  });

  test("by a proxy that doesn't reach its host says so", async () => {
    const unreachable = create({}, { port: await freePort(), dialErrorLimit: 0, proxy: sshd.connection() });
    await expect(unreachable).rejects.toThrow(/failed 1 times: .*(refused|failed)/i);
  });

  test("without a command connects to nobody", async () => {
    const { outputs } = await create({ create: undefined }, { port: await freePort(), dialErrorLimit: 0 });
    expect(outputs).toMatchObject({ stdout: "", stderr: "" });
  });

  test("that doesn't end in the operation's time is given up", async () => {
    const server = await fakeServer({});
    const context = testContext({ timeoutSeconds: 0.5 });
    const attempt = create({}, { port: server.port, hostKey: null }, context);
    await expect(attempt).rejects.toThrow('the create command "echo reached" was given up after 0.5 s');
    await server.close();
  });

  test("is given up when it is cancelled, and ends when it writes to nobody", async () => {
    const file = path.join(sshd.folder, "ended");
    const controller = new AbortController();
    const context = testContext({ signal: controller.signal, log: () => controller.abort() });
    const command = `while echo tick; do sleep 0.05; done; touch ${file}`;
    await expect(
      create({ create: `bash -c 'trap "" PIPE; ${command}' 2>/dev/null` }, {}, context),
    ).rejects.toThrow("was cancelled");
    while (!fs.existsSync(file)) await sleep(20);
  });

  test("whose host goes away is an error", async () => {
    const server = await fakeServer({ started: (client) => client.end() });
    const attempt = create({}, { port: server.port, hostKey: null });
    await expect(attempt).rejects.toThrow("the SSH connection broke while the command ran");
    await server.close();
  });
});

describe("the host's key", () => {
  test("of the pinned type is asked for, though the server prefers another", async () => {
    const { outputs } = await create({}, { hostKey: sshd.hostKeys.ecdsa.publicKey });
    expect(outputs.stdout).toBe("reached");
  });

  test("that isn't the pinned one ends it at once, naming both", async () => {
    const other = sshKey(sshd.folder, "other");
    const fingerprint = (file: string) =>
      execFileSync("ssh-keygen", ["-lf", `${file}.pub`], { encoding: "utf8" }).split(" ")[1];
    const context = testContext();
    const attempt = create({}, { hostKey: other.publicKey, dialErrorLimit: -1 }, context);
    await expect(attempt).rejects.toThrow(
      `the host key is ssh-ed25519 ${fingerprint(sshd.hostKeys.ed25519.file)}, but ssh-ed25519 ${fingerprint(other.file)} is pinned`,
    );
    expect(context.lines).toEqual([]);
  });

  test("of a type that the host doesn't have is an error", async () => {
    const rsa = sshKey(sshd.folder, "rsa", "rsa", "-b", "2048");
    await expect(create({}, { hostKey: rsa.publicKey, dialErrorLimit: 0 })).rejects.toThrow(/host key/);
  });

  test("can be left out", async () => {
    expect((await create({}, { hostKey: null })).outputs.stdout).toBe("reached");
  });
});

describe("logging in", () => {
  test.each([
    ["ECDSA in OpenSSH's format", "ecdsa", []],
    ["RSA in PEM", "rsa", ["-m", "PEM"]],
    ["ECDSA in PKCS #8", "ecdsa", ["-m", "PKCS8"]],
    ["RSA in PKCS #8", "rsa", ["-m", "PKCS8"]],
  ] as const)("works with %s", async (name, type, options) => {
    const key = sshKey(sshd.folder, name.replace(/\W/g, "-"), type, ...options);
    sshd.authorize(key.publicKey);
    const { outputs } = await create({}, { privateKey: key.privateKey });
    expect(outputs.stdout).toBe("reached");
  });

  test("with a key that the host doesn't know fails after as many attempts as it may", async () => {
    const stranger = sshKey(sshd.folder, "stranger");
    const attempt = create({}, { privateKey: stranger.privateKey, dialErrorLimit: 2 });
    await expect(attempt).rejects.toThrow(/^SSH to \w+@127\.0\.0\.1:\d+ failed 3 times: .*authentication/);
  });

  test.each(["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])(
    "with something that is no key (%j) is an error that doesn't repeat it",
    async (privateKey) => {
      const attempt = create({}, { privateKey, dialErrorLimit: -1 });
      await expect(attempt).rejects.toThrow(/connection/);
      if (privateKey) await expect(attempt).rejects.not.toThrow(privateKey);
    },
  );
});

describe("a host that isn't there yet", () => {
  test("is waited for without end when dialErrorLimit is -1, and the reason is told once", async () => {
    await sshd.stop();
    const context = testContext();
    const refusals = new Promise<void>((told) => {
      const log = context.log;
      context.log = (severity, line) => (log(severity, line), told());
    });
    const reached = create({ logging: "none" }, { dialErrorLimit: -1 }, context);
    await refusals;
    await sshd.start();
    expect((await reached).outputs.stdout).toBe("reached");
    expect(context.lines).toEqual([
      expect.stringMatching(/^waiting for SSH at \w+@127.0.0.1:\d+: .*ECONNREFUSED/),
    ]);
  });

  test("is given up when the operation's time is over", async () => {
    const context = testContext({ timeoutSeconds: 0.3 });
    const attempt = create({}, { port: await freePort(), dialErrorLimit: -1 }, context);
    await expect(attempt).rejects.toThrow('the create command "echo reached" was given up after 0.3 s');
  });

  test("that accepts and stays silent costs one attempt's time", async () => {
    const { port, close } = await silentServer();
    const attempt = create({}, { port, perDialTimeout: 1, dialErrorLimit: 0 });
    await expect(attempt).rejects.toThrow(/failed 1 times: Timed out/);
    close();
  });
});

describe("check", () => {
  test("fills in the connection's defaults and marks its secrets inside the secret", () => {
    const { inputs, failures } = remoteCommand.check({
      connection: new Secret({ host: "h", privateKey: "k", hostKey: null }),
      stdin: null,
      create: UNKNOWN,
    });
    expect(failures).toEqual([]);
    expect(inputs).toEqual({
      create: UNKNOWN,
      connection: new Secret({
        host: "h",
        privateKey: new Secret("k"),
        user: "root",
        port: 22,
        perDialTimeout: 15,
        dialErrorLimit: 10,
      }),
    });
  });

  test("leaves a connection alone that isn't known yet", () => {
    const { inputs, failures } = remoteCommand.check({ connection: UNKNOWN });
    expect(failures).toEqual([]);
    expect(inputs.connection).toEqual(new Secret(UNKNOWN));
  });

  test.each([
    [{}, "connection"],
    [{ connection: {} }, "connection.host"],
    [{ connection: { host: "h", port: "22" } }, "connection.port"],
    [{ connection: { host: "h", hostKey: "ssh-ed25519 nonsense" } }, "connection.hostKey"],
    [{ connection: { host: "h", proxy: { user: "p" } } }, "connection.proxy.host"],
    [{ connection: { host: "h", password: "p" } }, "connection.password"],
    [{ connection: { host: "h", privateKeyPassword: "p" } }, "connection.privateKeyPassword"],
    [{ connection: { host: "h", agentSocketPath: "/s" } }, "connection.agentSocketPath"],
    [{ connection: { host: "h" }, logging: "all" }, "logging"],
    [{ connection: { host: "h" }, interpreter: ["sh"] }, "interpreter"],
  ])("refuses %j", (properties, property) => {
    const { failures } = remoteCommand.check(properties);
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });
});

test("a changed connection or input updates, changed triggers replace, and so does nothing else", () => {
  const { inputs } = remoteCommand.check({ connection: { host: "h" }, create: "a", triggers: [1] });
  const olds = { inputs, outputs: {} };
  const diff = (changes: object) => remoteCommand.diff(olds, { ...inputs, ...changes });
  expect(diff({})).toEqual({ changed: [], replace: [] });
  expect(diff({ connection: new Secret({ ...(plain(inputs.connection) as object), host: "i" }) })).toEqual({
    changed: ["connection"],
    replace: [],
  });
  expect(diff({ stdin: new Secret("x") })).toEqual({ changed: ["stdin"], replace: [] });
  expect(diff({ triggers: [2], create: "b" })).toEqual({
    changed: ["create", "triggers"],
    replace: ["triggers"],
  });
  expect(diff({ triggers: [UNKNOWN] })).toEqual({ changed: ["triggers"], replace: ["triggers"] });
});

interface Fake {
  /** What to do once the command runs; without it it runs for ever. */
  started?: (client: Connection, channel: ServerChannel) => void;
}

/** A server that does what no sshd can be made to do. */
async function fakeServer({ started }: Fake) {
  const hostKeys = [fs.readFileSync(sshd.hostKeys.ed25519.file)];
  const server = new Server({ hostKeys }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (attempt) => attempt.accept());
    client.on("session", (accept) =>
      accept().on("exec", (run) => {
        const channel = run();
        started?.(client, channel);
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

async function silentServer(): Promise<{ port: number; close: () => void }> {
  const sockets: { destroy(): void }[] = [];
  const server = net.createServer((socket) => sockets.push(socket));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as net.AddressInfo).port, close };
}
