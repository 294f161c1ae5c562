import { join } from "node:path";
import { auditOptions } from "../../../../cli/audit/options.ts";
import { moment, resolve } from "../../../../cli/audit/time.ts";
import { run } from "../../../support/run";

const command = join(__dirname, "../../../../cli/audit.ts");
const options = (...args: string[]) => auditOptions(["node", command, ...args]);
const stack = process.env.PULUMI_STACK;
beforeEach(() => delete process.env.PULUMI_STACK);
afterAll(() => void (stack === undefined || (process.env.PULUMI_STACK = stack)));

test("without options it is the last day, with Docker's events, without the stack's own checks", () => {
  expect(options()).toEqual({
    stack: "dev",
    since: { ago: 86_400_000 },
    until: undefined,
    refused: false,
    events: true,
    all: false,
    json: false,
    follow: false,
  });
});

test("events belong to nobody: they are left out when one client or refusals are asked for, unless they are asked for", () => {
  expect(options("--client", "alice").events).toBe(false);
  expect(options("--refused").events).toBe(false);
  expect(options("--refused", "--events").events).toBe(true);
  expect(options("--no-events").events).toBe(false);
});

test("the stack is the option's, else the environment's", () => {
  process.env.PULUMI_STACK = "third";
  expect(options("-s", "other").stack).toBe("other");
  expect(options().stack).toBe("third");
});

test.each([
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["2h", 7_200_000],
  ["3d", 259_200_000],
  ["1w", 604_800_000],
])("%s is so long before the machine's now", (text, milliseconds) => {
  expect(resolve(moment("--since", text), 1_000_000_000)).toBe(1_000_000_000 - milliseconds);
});

test.each(["2026-11-21T10:00:00Z", "2026-11-21t11:00:00.000+01:00", "2026-11-21 05:00:00-05:00"])(
  "%s is a moment",
  (text) => {
    expect(resolve(moment("--since", text), 0)).toBe(Date.parse("2026-11-21T10:00:00Z"));
  },
);

test.each([
  "yesterday",
  "2h; reboot",
  "$(reboot)",
  "-1h",
  "2026-11-21",
  "2026-11-21T10:00:00",
  "2026-13-01T10:00:00Z",
  "",
])("%j is no time, and the message says how one is written", (text) => {
  expect(() => options(`--since=${text}`)).toThrow(/--since .* is no time; write one like 2026-.* 2h/);
});

test.each([
  [["--until", "3h", "--since", "2h"], /--until is before --since/],
  [["--until", "1h", "--follow"], /leave out --until/],
])("%j is refused before anybody is asked", (args, message) => {
  expect(() => options(...args)).toThrow(message);
});

test.each([
  [["--limit", "0"], "argument '0' is invalid. Write a number of lines like 100."],
  [["--limit", "ten"], "argument 'ten' is invalid. Write a number of lines like 100."],
  [["--clint", "bob"], "unknown option '--clint'\n(Did you mean --client?)\n--help shows what there is."],
  [["alice"], "too many arguments"],
])("%j is refused, with what is nearest: %s", async (args, message) => {
  const { status, stderr } = await run([process.execPath, command, ...args]);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});

test("help is asked for without a stack", async () => {
  const { status, stdout } = await run([process.execPath, command, "--help"]);
  expect(status).toBe(0);
  expect(stdout).toContain("What it can't show: the API calls inside a connection");
});
