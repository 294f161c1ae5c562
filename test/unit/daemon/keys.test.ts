import { readFileSync } from "node:fs";
import { join } from "node:path";
import { daemonConfiguration } from "../../../components/daemon/daemonJson";
import { daemonKeys, type KeyRule } from "../../../components/daemon/keys";
import { daemonProblems } from "../../../components/daemon/problems";

const page = readFileSync(join(__dirname, "../../../docs/daemon-keys.md"), "utf8");

/** The reason why a key isn't taken, or undefined. */
function reason(key: string, value: unknown): string | undefined {
  return daemonProblems({ liveRestore: false }, { [key]: value })[0]?.reason;
}

function words(rule: KeyRule): string {
  if ("modelled" in rule) return `write \`${rule.modelled}\``;
  if ("refused" in rule) return `refused: ${rule.refused}`;
  return rule.problem === undefined ? "passed" : "passed, if its value is safe";
}

test("the page of dockerd's keys says of each what becomes of it, as it is", () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm)].map(([, key, what]) => [key, what]);
  expect(rows).toEqual(Object.entries(daemonKeys).map(([key, rule]) => [key, words(rule)]));
});

test.each([
  ["insecure-registries", ["registry.example.com:5000"]],
  ["seccomp-profile", "unconfined"],
  ["userland-proxy-path", "/tmp/proxy"],
  ["iptables", false],
  ["group", "users"],
  ["network-diagnostic-port", 9000],
  ["log-level", "fatal"],
  ["init-path", "/tmp/init"],
])("%s: %j is refused, with why", (key, value) => {
  expect(reason(key, value)).toMatch(
    /; (remove it|give the registry .*; remove it|daemon\.debug .*; remove it)$/,
  );
});

test.each([
  ["iptables", true],
  ["max-concurrent-uploads", 3],
  ["default-address-pools", [{ base: "198.51.100.0/24", size: 28 }]],
  ["a-key-of-the-future", 1],
])("%s: %j is passed through", (key, value) => {
  expect(reason(key, value)).toBeUndefined();
});

test("options of networks that aren't options of drivers are refused", () => {
  expect(reason("default-network-opts", { bridge: "1400" })).toContain("write them like {bridge: {");
});

test("each key that the daemon's options write is among dockerd's, and not passed through", () => {
  const own = Object.keys(JSON.parse(daemonConfiguration({ dns: ["192.0.2.53"] }, {}, "/tls")) as object);
  for (const key of own.filter((one) => one !== "default-network-opts"))
    expect(daemonKeys[key]).not.toHaveProperty("passed");
});
