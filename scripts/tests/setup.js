"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { engineEnvironment } = require("../backend");
const { installNodeModules } = require("../nodeModules");
const { installForMachine, installPackages } = require("../packages/install");
const list = require("../packages/list");
const { allSetups, defaultKind, setupOf } = require("../machineKinds");
const { attach, capture, tail } = require("../processes");
const { node, root } = require("../project");
const { SetupError, step } = require("../report");

const support = path.join(root, "test", "support");
const ec2 = path.join("test", "support", "ec2");

/**
 * What test files need besides what all tests do, by what they import, also by way of others: a machine, the EC2
 * emulation's API, its machines, hosts to be adopted.
 *
 * @param files paths, from the checkout's root or absolute
 */
function needsOf(files) {
  const used = files.flatMap((file) =>
    [path.resolve(root, file), ...fixturesOf(path.resolve(root, file))]
      .flatMap((each) => supportOf(each))
      .map((from) => ({ file, from: path.relative(support, from) })),
  );
  const some = (place, expression) =>
    used.some(({ file, from }) => file.includes(place) && expression.test(from));
  return {
    machine: some("test/e2e/", /./),
    emulation: some("test/", /^ec2\//),
    emulatedMachines: some("test/", /^ec2\/hypervisor/),
    adoptedHosts: some("test/e2e/", /^adopted\//),
  };
}

/** Test files that a test runs by itself. */
function fixturesOf(file) {
  const names = fs.readFileSync(file, "utf8").matchAll(/"(fixtures\/\w+\.ts)"/g);
  return [...names].map(([, name]) => path.resolve(path.dirname(file), name));
}

/** The files of test/support that a file imports, and those that they import. */
function supportOf(file, found = new Set()) {
  // Types are nothing that runs.
  const text = fs.readFileSync(file, "utf8").replace(/\bimport type [^;]*;/g, "");
  for (const [, name] of text.matchAll(/\b(?:from|import|require)\s*\(?\s*"(\.[^"]+)"/g)) {
    const base = path.resolve(path.dirname(file), name);
    const one = [base, `${base}.ts`, `${base}.js`].find((each) => fs.statSync(each, absent)?.isFile());
    if (one === undefined || found.has(one) || !one.startsWith(support + path.sep)) continue;
    found.add(one);
    supportOf(one, found);
  }
  return [...found];
}

const absent = { throwIfNoEntry: false };

/** Installs and builds what test files need, and no more. */
async function prepareFor(files) {
  const { machine, emulation, emulatedMachines, adoptedHosts } = needsOf(files);
  if (machine) await prepareMachine();
  else await installPackages(list.unitTests);
  if (emulation) await installMoto();
  if (emulatedMachines) await buildEmulatedImage();
  if (adoptedHosts) await buildHostsImages();
}

/** What the tests' machines need. The image is built here, where the progress can be seen. */
async function prepareMachine() {
  const packages = allSetups().flatMap((kind) => kind.packages);
  await installForMachine(setupOf(defaultKind), [...packages, ...list.unitTests, ...list.machineTests]);
  await makeOnce("Building the machine's image from Debian packages, once", image, "build");
}

const image = path.join("components", "machine", "local", "image.sh");

async function buildEmulatedImage() {
  const recipe = path.join(ec2, "image", "recipe.sh");
  await makeOnce("Building the EC2 emulation's image from Debian packages, once", image, "build", recipe);
}

/** Hosts that somebody has set up by hand, to be adopted. */
async function buildHostsImages() {
  const recipe = path.join("test", "support", "adopted", "recipe.sh");
  for (const suite of ["bookworm", "trixie"])
    await makeOnce(`Building a Debian host to be adopted (${suite}), once`, image, "build", recipe, suite);
}

/** The EC2 emulation's API. */
async function installMoto() {
  await makeOnce(
    "Installing moto, for the tests of the machine on AWS, once",
    path.join(ec2, "moto.sh"),
    "install",
  );
}

/** Runs a script that makes what its `path` names, unless that is there. */
async function makeOnce(title, script, action, ...args) {
  const { stdout } = await capture("bash", [script, "path", ...args]);
  if (fs.existsSync(stdout.trim())) return;
  await step(title, async () => {
    const { code, output } = await capture("bash", [script, action, ...args]);
    if (code !== 0) throw new SetupError(`${title}: this failed.\n${tail(output)}`);
  });
}

/** Needs a machine, as the end-to-end tests do. */
async function bench(args) {
  await installNodeModules();
  await prepareMachine();
  return attach(node, ["bench/run.js", ...args], {
    env: { ...process.env, PATH: engineEnvironment().PATH },
  });
}

module.exports = { needsOf, prepareFor, bench };
