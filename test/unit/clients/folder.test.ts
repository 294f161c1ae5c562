import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createServer, type Server } from "node:tls";
import { Pki } from "../../support/pki";

const script = join(__dirname, "../../../components/clients/folder.js");
const folder = ".docker/remote/dev/alice";
let home: string;

beforeEach(() => (home = mkdtempSync(join(tmpdir(), "home-"))));
afterEach(() => rmSync(home, { recursive: true }));

const bundle = [
  { name: "ca.pem", mode: "0444", content: "root\n" },
  { name: "key.pem", mode: "0400", content: "secret\n" },
];

test("a bundle's files have their contents and permissions, and its folder is its owner's alone", () => {
  run("write", folder, bundle);
  expect(readdirSync(join(home, folder)).sort()).toEqual(["ca.pem", "key.pem"]);
  expect(readFileSync(join(home, folder, "key.pem"), "utf8")).toBe("secret\n");
  expect([mode(folder), mode(`${folder}/ca.pem`), mode(`${folder}/key.pem`)]).toEqual([0o700, 0o444, 0o400]);
  expect(readdirSync(join(home, ".docker/remote/dev"))).toEqual([".alice.json", "alice"]);
});

describe("a bundle whose certificate is to be tried", () => {
  const pki = new Pki();
  const { certificate, key } = pki.signed("alice", "root", "clientAuth");
  let door: Server;
  let trial: object;
  let answer: string;

  beforeAll(async () => {
    const { certificate: cert, key: own } = pki.server;
    const options = { cert, key: own, ca: pki.root.certificate, requestCert: true, rejectUnauthorized: true };
    door = createServer(options, (socket) => socket.end(answer)).listen(0, "127.0.0.1");
    await once(door, "listening");
    const { port } = door.address() as AddressInfo;
    trial = { client: "alice", host: "127.0.0.1", port, root: pki.root.certificate, certificate, key };
  });
  afterAll(() => {
    door.close();
    pki.remove();
  });

  test("is written once the front door has let it in", async () => {
    answer = "HTTP/1.1 204 No Content\r\n\r\n";
    expect(await tried(trial)).toEqual({ status: 0, stderr: "" });
    expect(readdirSync(join(home, folder)).sort()).toEqual(["ca.pem", "key.pem"]);
  });

  test.each([
    ["is closed without an answer", "", {}, "the connection was closed without an answer"],
    ["is answered otherwise", "HTTP/1.1 408 Request Time-out\r\n\r\n", {}, "HTTP/1.1 408 Request Time-out"],
    ["trusts another root", "", { root: certificate }, "certificate"],
    ["finds nobody", "", { port: 1 }, "connect ECONNREFUSED 127.0.0.1:1"],
  ])("is not written when its connection %s, and an older one stays", async (_, said, changes, why) => {
    run("write", folder, [bundle[0]]);
    answer = said;
    const { status, stderr } = await tried({ ...trial, ...changes });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^the certificate of alice is not let in at 127\.0\.0\.1:\d+: /);
    expect(stderr).toContain(why);
    expect(readdirSync(join(home, folder))).toEqual(["ca.pem"]);
  });

  // Not spawnSync: the front door is in this process.
  async function tried(one: object): Promise<{ status: number | null; stderr: string }> {
    const child = execFile(process.execPath, [script, "write", folder], {
      env: { PATH: process.env.PATH, HOME: home },
    });
    child.stdin!.end(JSON.stringify({ files: bundle, trial: one }));
    const [stderr, [status]] = await Promise.all([text(child.stderr!), once(child, "close")]);
    return { status: status as number | null, stderr };
  }
});

test("permissions don't depend on the user's umask", () => {
  const umask = process.umask(0o077);
  run("write", folder, bundle);
  process.umask(umask);
  expect(mode(`${folder}/ca.pem`)).toBe(0o444);
});

test("a bundle that is written again replaces what is there and drops what it had before", () => {
  run("write", folder, bundle);
  run("write", folder, [{ ...bundle[0], content: "new root\n" }]);
  expect(readdirSync(join(home, folder))).toEqual(["ca.pem"]);
  expect(readFileSync(join(home, folder, "ca.pem"), "utf8")).toBe("new root\n");
});

test("somebody else's files stay, also when the bundle is removed", () => {
  run("write", folder, bundle);
  writeFileSync(join(home, folder, "notes"), "mine\n");
  run("write", folder, bundle);
  run("remove", folder);
  expect(readdirSync(join(home, folder))).toEqual(["notes"]);
});

test("a key of the user's own stays when its client is removed", () => {
  run("write", folder, [bundle[0], { name: "key.pem", mode: "0400" }]);
  writeFileSync(join(home, folder, "key.pem"), "made by hand\n");
  run("remove", folder);
  expect(readdirSync(join(home, folder))).toEqual(["key.pem"]);
});

test("a key of the user's own is kept under another name when the stack has one from now on", () => {
  run("write", folder, [bundle[0], { name: "key.pem", mode: "0400" }]);
  writeFileSync(join(home, folder, "key.pem"), "made by hand\n");
  const { stderr } = spawn("write", folder, bundle);
  const [kept, ...others] = readdirSync(join(home, folder)).filter((name) =>
    name.startsWith("key.pem.kept-"),
  );
  expect(others).toEqual([]);
  expect(stderr).toContain(`it is now ${join(home, folder, kept)}`);
  expect(readFileSync(join(home, folder, kept), "utf8")).toBe("made by hand\n");
  expect(readFileSync(join(home, folder, "key.pem"), "utf8")).toBe("secret\n");
});

test("a bundle of a version without a record is replaced and removed as its own, apart from the user's key", () => {
  mkdirSync(join(home, folder), { recursive: true });
  for (const name of ["ca.pem", "cert.pem", "key.pem"])
    writeFileSync(join(home, folder, name), "of before\n");
  run("write", folder, [bundle[0], { name: "key.pem", mode: "0400" }]);
  expect(readdirSync(join(home, folder)).sort()).toEqual(["ca.pem", "key.pem"]);
  spawn("write", folder, bundle);
  run("remove", folder);
  expect(readdirSync(join(home, folder))).toEqual([expect.stringMatching(/^key\.pem\.kept-/)]);
});

test("a file without content is the user's own: it may be missing, and stays as it is", () => {
  const own = [bundle[0], { name: "key.pem", mode: "0400" }];
  run("write", folder, own);
  expect(readdirSync(join(home, folder))).toEqual(["ca.pem"]);
  writeFileSync(join(home, folder, "key.pem"), "made by hand\n");
  run("write", folder, own);
  expect(readFileSync(join(home, folder, "key.pem"), "utf8")).toBe("made by hand\n");
});

test("removing the last bundle of a stack removes the stack's folder, and another client's stays", () => {
  run("write", folder, bundle);
  run("write", ".docker/remote/dev/bob", bundle);
  run("remove", folder);
  expect(readdirSync(join(home, ".docker/remote/dev"))).toEqual([".bob.json", "bob"]);
  run("remove", ".docker/remote/dev/bob");
  expect(existsSync(join(home, ".docker/remote/dev"))).toBe(false);
});

test("the instructions that were put beside a bundle go with it", () => {
  run("write", folder, bundle);
  writeFileSync(join(home, `${folder}.md`), "");
  run("remove", folder);
  expect(existsSync(join(home, ".docker/remote/dev"))).toBe(false);
});

test("removing a bundle that is gone already is no error", () => {
  run("remove", folder);
});

test.each([
  ["below XDG_STATE_HOME where that is set", { XDG_STATE_HOME: "xdg" }, "xdg/remote-docker/p/dev/operator"],
  ["below ~/.local/state elsewhere", {}, ".local/state/remote-docker/p/dev/operator"],
])("a folder of the stack's state is %s", (_, environment, place) => {
  const absolute = Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, join(home, value)]),
  );
  mkdirSync(join(home, "xdg"));
  run("write", "state:remote-docker/p/dev/operator", bundle, absolute);
  expect(existsSync(join(home, place, "key.pem"))).toBe(true);
});

function run(...args: Parameters<typeof spawn>): void {
  expect(spawn(...args)).toEqual({ status: 0, stderr: "" });
}

function spawn(
  action: string,
  name: string,
  files?: object,
  environment: Record<string, string> = {},
): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [script, action, name], {
    env: { PATH: process.env.PATH, HOME: home, ...environment },
    input: files === undefined ? "" : JSON.stringify({ files }),
    encoding: "utf8",
  });
  return { status, stderr };
}

function mode(name: string): number {
  return statSync(join(home, name)).mode & 0o777;
}
