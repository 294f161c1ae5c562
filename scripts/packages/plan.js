"use strict";

const { SetupError } = require("../report");

const backportsFile = "/etc/apt/sources.list.d/remote-docker-backports.sources";
const install = ["install", "--yes", "--no-install-recommends"];

/** ID, VERSION_ID and VERSION_CODENAME of /etc/os-release's text. */
function readSystem(osRelease) {
  const value = (key) => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  return {
    id: value("ID"),
    name: value("PRETTY_NAME"),
    version: value("VERSION_ID"),
    codename: value("VERSION_CODENAME"),
  };
}

const elsewhere =
  "set `remote-docker:machine` to another kind in Pulumi.<stack>.yaml (docs/configuration.md) to have the machine elsewhere";

/**
 * Why packages can't be installed on this computer by set-up, or undefined.
 * `system` is undefined where there is no /etc/os-release.
 */
function unsupported(system, names) {
  if (system?.id === "debian" && Number(system.version) < 12) {
    return `${system.name} is too old for ${names.join(", ")}: use Debian 12 or newer, or ${elsewhere}.`;
  }
  if (system?.id === "debian" || system?.id === "ubuntu") return undefined;
  return (
    `Set-up installs packages on Debian and Ubuntu only, and this is ${system?.name || "another system"}. ` +
    `Install what Debian calls ${names.join(", ")} by hand, then run the command again.`
  );
}

/** Whether the packages' newer versions have to come from Debian 12's backports. */
function needsBackports(system, packages) {
  return system.id === "debian" && system.version === "12" && packages.some(({ newer }) => newer);
}

/**
 * The package source for Debian 12's backports, or undefined where the computer has one already. `targets` is what
 * `apt-get indextargets --format '$(REPO_URI) $(CODENAME)'` prints: the mirror is the one that the computer uses.
 *
 * @throws SetupError when its sources name none
 */
function backportsSource(system, targets) {
  const lines = targets.split("\n").map((line) => line.split(" "));
  const find = (suite) => lines.find(([, codename]) => codename === suite);
  const suite = `${system.codename}-backports`;
  if (find(suite) !== undefined) return undefined;
  const [mirror] = find(system.codename) ?? [];
  if (mirror === undefined) {
    throw new SetupError(
      `apt knows no source of ${system.codename}: run \`apt-get update\` as root, then the command again; ` +
        "if that isn't enough, /etc/apt/sources.list lacks one.",
    );
  }
  return [
    "# For remote-docker's local machine: a QEMU that runs the guest's kernel. Nothing else is taken from here unasked.",
    "Types: deb",
    `URIs: ${mirror}`,
    `Suites: ${suite}`,
    "Components: main",
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    "",
  ].join("\n");
}

/** What `apt-get install` gets, one list of arguments for each run: Debian 12's backports need one of their own. */
function installations(system, packages) {
  const backports = packages.filter((one) => needsBackports(system, [one]));
  const others = packages.filter((one) => !backports.includes(one));
  const names = (list) => list.map(({ name }) => name);
  return [
    ...(others.length > 0 ? [names(others)] : []),
    ...(backports.length > 0 ? [["-t", `${system.codename}-backports`, ...names(backports)]] : []),
  ];
}

/** The commands that do the same by hand, for somebody who isn't root. */
function commandsByHand(system, packages, source) {
  const services = packages.flatMap(({ services = [] }) => services);
  return [
    ...(services.length === 0 ? [] : [`sudo systemctl mask ${services.join(" ")}`]),
    ...(source === undefined ? [] : [`sudo tee ${backportsFile} <<'END'\n${source}END`]),
    "sudo apt-get update",
    ...installations(system, packages).map((args) => `sudo apt-get ${install.join(" ")} ${args.join(" ")}`),
  ].join("\n");
}

module.exports = {
  backportsFile,
  readSystem,
  elsewhere,
  unsupported,
  needsBackports,
  backportsSource,
  install,
  installations,
  commandsByHand,
};
