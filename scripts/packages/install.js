"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");
const { capture, tail } = require("../processes");
const { findCommand, readIfThere, userPath, writeAtomically } = require("../project");
const { SetupError, say, step } = require("../report");
const plan = require("./plan");

/** How long another installation on this computer is waited for. */
const lockLimit = 600_000;

/** Installs what a kind of machine needs (scripts/machineKinds.js), and `others`. */
async function installForMachine({ packages, refusal }, others = []) {
  const reason = refusal?.(process.platform, process.arch);
  if (reason !== undefined) throw new SetupError(`${reason}: ${plan.elsewhere}.`);
  await installPackages([...packages, ...others]);
}

/** Installs those of the packages that this computer lacks, and says what changes before it does. */
async function installPackages(packages) {
  const missing = [];
  for (const one of new Set(packages)) if (!(await isThere(one))) missing.push(one);
  if (missing.length === 0) return;

  const names = missing.map(({ name }) => name);
  const osRelease = readIfThere("/etc/os-release");
  const system = osRelease === undefined ? undefined : plan.readSystem(osRelease);
  const refusal = plan.unsupported(system, names);
  if (refusal !== undefined) throw new SetupError(refusal);
  if (process.getuid() !== 0) throw new SetupError(await askForRoot(system, missing));

  await step("Reading this computer's package sources (apt-get update)", async () => {
    await finishInterrupted();
    await apt("update");
  });
  const source = plan.needsBackports(system, missing) && (await newSource(system));
  if (source) {
    say(
      `Adding a package source for newer versions than ${system.name} has: ${plan.backportsFile}\n${tail(source)}`,
    );
    writeAtomically(plan.backportsFile, source);
    await step("Reading the new package source (apt-get update)", () => apt("update"));
  }
  keepStopped(missing.flatMap(({ services = [] }) => services));
  for (const args of plan.installations(system, missing)) {
    await step(`Installing packages: apt-get install ${args.join(" ")}`, () => apt(...plan.install, ...args));
  }
  for (const one of missing) {
    if (!(await isThere(one))) {
      throw new SetupError(
        `${one.name} is installed, but ${one.command ?? one.file} ${one.atLeast ? `${one.atLeast} or newer ` : ""}` +
          `isn't there: see \`apt-cache policy ${one.name}\`.`,
      );
    }
  }
}

/** A package that is installed for its program alone must not open a port. */
function keepStopped(services) {
  for (const service of services) {
    const mask = `/etc/systemd/system/${service}`;
    if (fs.lstatSync(mask, { throwIfNoEntry: false }) !== undefined) continue;
    say(
      `Masking ${service}, so that nothing new listens on this computer; systemctl unmask ${service} undoes it`,
    );
    fs.mkdirSync(path.dirname(mask), { recursive: true });
    fs.symlinkSync("/dev/null", mask);
  }
}

async function isThere({ command, file, atLeast }) {
  if (file !== undefined) return fs.existsSync(file);
  const found = findCommand(command, [...userPath(), "/usr/sbin", "/sbin"]);
  if (found === undefined || atLeast === undefined) return found !== undefined;
  const { output } = await capture(found, ["--version"]);
  return Number(/version (\d+)/.exec(output)?.[1] ?? 0) >= atLeast;
}

async function askForRoot(system, missing) {
  const source = plan.needsBackports(system, missing) ? await newSource(system) : undefined;
  const names = missing.map(({ name }) => name).join(", ");
  return `Missing on this computer: ${names}. Only root can install packages; run this, then the command again:\n${plan.commandsByHand(system, missing, source)}`;
}

async function newSource(system) {
  const { stdout } = await capture("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME)"]);
  return plan.backportsSource(system, stdout);
}

/** A set-up that was killed may have left packages unpacked, or apt at work: only dpkg can tell, and it doesn't wait. */
async function finishInterrupted() {
  for (const end = Date.now() + lockLimit; ; await delay(1000)) {
    const { code, output } = await capture("dpkg", ["--configure", "-a"], { env: quietly() });
    if (code === 0) return;
    if (!/lock(ed)? /.test(output) || Date.now() > end) throw failure("dpkg --configure -a", code, output);
  }
}

async function apt(...args) {
  const patience = ["-o", `DPkg::Lock::Timeout=${lockLimit / 1000}`];
  const { code, output } = await capture("apt-get", [...patience, ...args], { env: quietly() });
  if (code !== 0) throw failure(`apt-get ${args.join(" ")}`, code, output);
}

function quietly() {
  // RUNLEVEL: without systemd, a package's service isn't started in the single-user run level.
  return { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", RUNLEVEL: "1" };
}

function failure(command, code, output) {
  return new SetupError(`${command} failed (exit code ${code}):\n${tail(output)}`);
}

module.exports = { installForMachine, installPackages };
