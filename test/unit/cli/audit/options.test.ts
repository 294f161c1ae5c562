import { auditOptions } from "../../../../cli/audit/options.ts";
import { moment, resolve } from "../../../../cli/audit/time.ts";

const options = (...args: string[]) => auditOptions(args, {});

test("without options it is the last day, with Docker's events, without the stack's own checks", () => {
  expect(options()).toEqual({
    stack: "dev",
    since: { ago: 86_400_000 },
    until: undefined,
    client: undefined,
    refused: false,
    events: true,
    all: false,
    limit: undefined,
    json: false,
    follow: false,
  });
});

test("events belong to nobody: they are left out when one client or refusals are asked for, unless they are asked for", () => {
  expect(options("--client", "alice")?.events).toBe(false);
  expect(options("--refused")?.events).toBe(false);
  expect(options("--refused", "--events")?.events).toBe(true);
  expect(options("--no-events")?.events).toBe(false);
});

test("the stack is the option's, else the environment's", () => {
  expect(auditOptions(["-s", "other"], { PULUMI_STACK: "third" })?.stack).toBe("other");
  expect(auditOptions([], { PULUMI_STACK: "third" })?.stack).toBe("third");
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
  [["--limit", "0"], /--limit "0" is no number of lines/],
  [["--limit", "ten"], /--limit "ten" is no number/],
  [["--colour"], /Unknown option '--colour'; npm run audit -- --help/],
  [["alice"], /Unexpected argument 'alice'; npm run audit -- --help/],
])("%j is refused before anybody is asked", (args, message) => {
  expect(() => options(...args)).toThrow(message);
});

test("help is asked for without a stack", () => {
  expect(options("--help")).toBeUndefined();
});
