import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { bundleFolder, clientEnvironment } from "../../../cli/shared/clients.ts";
import { exportLines, pathLine, quote } from "../../../cli/shared/shell.ts";

jest.mock("node:os", () => ({ ...jest.requireActual<typeof os>("node:os"), homedir: jest.fn() }));

const me = { DOCKER_HOST: "tcp://127.0.0.1:2376", DOCKER_CERT_PATH: "/home/me/c", DOCKER_TLS_VERIFY: "1" };
const job = { ...me, DOCKER_CERT_PATH: "/home/me/job", expires: "2027-01-01T00:00:00Z" };
const outputs = { ...me, clients: { me, job }, rotationPhase: "none" };

test.each(["plain", "two words", "it's", '$(touch x) `y` "z"', "", "new\nline", "*"])(
  "a shell reads %j back as it was",
  (text) => {
    const script = `${exportLines({ TEXT: text })}printf %s "$TEXT"`;
    expect(execFileSync("sh", ["-c", script]).toString()).toBe(text);
  },
);

test("ordinary values stay readable", () => {
  expect(quote("tcp://127.0.0.1:2376")).toBe("tcp://127.0.0.1:2376");
});

test.each(["plain", "it's", "C:\\\\x \\'y", "\u2019typographic\u2019", "new\nline"])(
  "fish's and PowerShell's lines quote %j as their manuals say",
  (text) => {
    const [, inFish] = /^set -gx TEXT '([^]*)'\n$/.exec(exportLines({ TEXT: text }, "fish")) ?? [];
    expect(inFish.replace(/\\([\\'])/g, "$1")).toBe(text);
    const [, inPowerShell] =
      /^\$env:TEXT = '([^]*)'\n$/.exec(exportLines({ TEXT: text }, "powershell")) ?? [];
    expect(inPowerShell.replace(/(['\u2018-\u201b])\1/g, "$1")).toBe(text);
  },
);

test("PATH grows once", () => {
  const script = `PATH=/usr/bin:/bin; ${pathLine("/a folder/bin", "/usr/bin:/bin")}printf %s "$PATH"`;
  expect(execFileSync("sh", ["-c", script]).toString()).toBe("/a folder/bin:/usr/bin:/bin");
  expect(pathLine("/a", "/usr/bin:/a")).toBe("");
});

test("the first client is the default, others go by name, and nothing but the three variables comes out", () => {
  expect(clientEnvironment("dev", outputs)).toEqual(me);
  expect(clientEnvironment("dev", outputs, "job")).toEqual({ ...me, DOCKER_CERT_PATH: "/home/me/job" });
});

test("an unknown client is refused with the names that there are", () => {
  expect(() => clientEnvironment("dev", outputs, "jbo")).toThrow(/no client "jbo"; it has: me, job/);
  expect(() => clientEnvironment("dev", outputs, "toString")).toThrow(/no client "toString"/);
});

test("a stack that isn't up is said to be so, with the command that mends it", () => {
  expect(() => clientEnvironment("dev", {})).toThrow("the stack dev isn't up; bring it up first: npm run up");
  expect(() => clientEnvironment("test", {})).toThrow("npm run up -- --stack test");
});

describe("the bundle's folder", () => {
  const elsewhere = { ...me, DOCKER_CERT_PATH: "/home/somebody-else/.docker/remote/dev/me" };
  const home = mkdtempSync(join(os.tmpdir(), "home-"));
  beforeAll(() => jest.mocked(os.homedir).mockReturnValue(home));
  afterAll(() => rmSync(home, { recursive: true }));

  test("that isn't on this computer is missed, with the command that writes it", () => {
    expect(() => bundleFolder("dev", elsewhere)).toThrow("write it to");
    expect(() => bundleFolder("team", elsewhere)).toThrow("npm run bundle -- me --stack team");
  });

  test("is the one in one's own home, whoever brought the stack up", () => {
    const own = join(home, ".docker/remote/dev/me");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "cert.pem"), "");
    expect(bundleFolder("organization/project/dev", elsewhere)).toBe(own);
  });
});
