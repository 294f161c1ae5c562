import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled } from "../../../scripts/nodeModules";
import { findCommand, userPath, writeAtomically } from "../../../scripts/project";
import { duration } from "../../../scripts/report";
import { stackOf } from "../../../scripts/stack";

const folder = mkdtempSync(join(tmpdir(), "scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("what npm puts on PATH isn't the user's", () => {
  const PATH = "/x/node_modules/.bin:/y/node-gyp-bin:/usr/local/bin::/usr/bin";
  expect(userPath({ PATH })).toEqual(["/usr/local/bin", "/usr/bin"]);
});

test("a command is the first executable file of that name", () => {
  writeFileSync(join(folder, "tool"), "", { mode: 0o644 });
  expect(findCommand("tool", [folder])).toBeUndefined();
  writeAtomically(join(folder, "bin", "tool"), "", 0o755);
  expect(findCommand("tool", [folder, join(folder, "bin")])).toBe(join(folder, "bin", "tool"));
});

test("a file that only its owner may read is never there with another mode", () => {
  writeAtomically(join(folder, "secret"), "x", 0o600);
  expect(statSync(join(folder, "secret")).mode & 0o777).toBe(0o600);
});

test.each([
  [["--stack", "test"], {}, "test"],
  [["--yes", "--stack=test"], {}, "test"],
  [["-s", "test"], { PULUMI_STACK: "other" }, "test"],
  [[], { PULUMI_STACK: "other" }, "other"],
  [[], {}, "dev"],
])("the stack of %j with %j is %s", (args, environment, stack) => {
  expect(stackOf(args, environment as NodeJS.ProcessEnv)).toBe(stack);
});

test.each([
  [50, "0.1 s"],
  [9_960, "10 s"],
  [59_400, "59 s"],
  [125_000, "2 min 05 s"],
])("%d ms reads as %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

describe("node_modules", () => {
  const wanted = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/mac-only": { version: "1.0.0", optional: true },
    },
  };
  const there = (version: string) => ({ packages: { "node_modules/a": { version } } });

  test("are complete when each package is there in its version, optional ones aside", () => {
    expect(isInstalled(wanted, there("1.0.0"))).toBe(true);
  });

  test("are not complete with another version, or when an installation didn't end", () => {
    expect(isInstalled(wanted, there("1.0.1"))).toBe(false);
    expect(isInstalled(wanted, {})).toBe(false);
  });
});
