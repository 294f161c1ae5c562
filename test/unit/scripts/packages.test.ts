import { packages, refusal } from "../../../components/machine/local/setup";
import { machineTests } from "../../../scripts/packages/list";
import {
  backportsSource,
  commandsByHand,
  installations,
  needsBackports,
  readSystem,
  unsupported,
} from "../../../scripts/packages/plan";

const bookworm = readSystem(
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
);
const trixie = { id: "debian", name: "Debian GNU/Linux 13 (trixie)", version: "13", codename: "trixie" };
const noble = { id: "ubuntu", name: "Ubuntu 24.04.3 LTS", version: "24.04", codename: "noble" };
const mirror = "https://mirror.example.com/debian/";
const targets = [
  "https://mirror.example.com/security/ bookworm-security",
  `${mirror} bookworm-updates`,
  `${mirror} bookworm`,
  "",
].join("\n");

test("os-release is read with and without quotes", () => {
  expect(bookworm).toEqual({
    id: "debian",
    name: "Debian GNU/Linux 12 (bookworm)",
    version: "12",
    codename: "bookworm",
  });
});

test("only Debian 12 takes packages from its backports, and only those that it has too old", () => {
  expect(needsBackports(bookworm, packages)).toBe(true);
  expect(needsBackports(bookworm, [{ name: "openssl" }])).toBe(false);
  for (const system of [trixie, noble]) expect(needsBackports(system, packages)).toBe(false);
  expect(installations(bookworm, packages)).toEqual([
    ["debian-archive-keyring", "e2fsprogs", "util-linux"],
    ["-t", "bookworm-backports", "qemu-system-x86", "mmdebstrap"],
  ]);
  expect(installations(trixie, [...packages, ...machineTests]).flat()).not.toContain("-t");
});

test("the package source names the mirror that the computer's own sources name, and its suite alone", () => {
  const source = backportsSource(bookworm, targets);
  expect(source).toContain(`\nURIs: ${mirror}\n`);
  expect(source).toContain("\nSuites: bookworm-backports\n");
});

test("no second package source where there is one", () => {
  const backports = `${mirror} bookworm-backports\n`;
  expect(backportsSource(bookworm, targets + backports)).toBeUndefined();
});

test("sources without a mirror are said to be so", () => {
  expect(() => backportsSource(bookworm, "")).toThrow(
    "apt knows no source of bookworm: run `apt-get update`",
  );
});

test("somebody who isn't root gets commands that do the same", () => {
  const source = backportsSource(bookworm, targets);
  const text = commandsByHand(bookworm, packages, source);
  expect(text).toMatch(/^sudo tee \/etc\/apt\/sources\.list\.d\/remote-docker-backports\.sources <<'END'\n/);
  expect(text).toContain(mirror);
  expect(text).toMatch(
    /\nsudo apt-get install --yes --no-install-recommends -t bookworm-backports qemu-system-x86 mmdebstrap$/,
  );
  expect(
    commandsByHand(trixie, [{ name: "server", services: ["a.service", "a.socket"] }], undefined),
  ).toMatch(/^sudo systemctl mask a\.service a\.socket\nsudo apt-get update\n/);
  expect(commandsByHand(trixie, [{ name: "mmdebstrap" }], undefined)).toBe(
    "sudo apt-get update\nsudo apt-get install --yes --no-install-recommends mmdebstrap",
  );
});

test.each([
  ["darwin", "arm64", "macOS on arm64"],
  ["win32", "x64", "Windows on x64"],
  ["linux", "arm64", "Linux on arm64"],
])("%s on %s is told to have the machine elsewhere", (platform, architecture, message) => {
  expect(refusal(platform, architecture)).toContain(`needs Linux on x86-64, and this is ${message}`);
});

test("Linux on x86-64 can have a local machine", () => {
  expect(refusal("linux", "x64")).toBeUndefined();
});

test.each([
  ["an old Debian", { ...trixie, name: "Debian 11", version: "11" }, /Debian 11 is too old for mmdebstrap/],
  ["another Linux", { ...trixie, id: "fedora", name: "Fedora 43" }, /this is Fedora 43.*mmdebstrap by hand/],
  ["a system that doesn't say which", undefined, /this is another system/],
])("%s is told what to do instead", (_, system, message) => {
  expect(unsupported(system, ["mmdebstrap"])).toMatch(message);
});

test.each([bookworm, trixie, noble])("$name is supported", (system) => {
  expect(unsupported(system, [])).toBeUndefined();
});
