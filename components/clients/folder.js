// Writes or removes a folder of small private files in the user's own home: a client bundle, the operator's access.
//   node folder.js write|remove FOLDER    FOLDER is relative to the home folder, or after `state:` to $XDG_STATE_HOME
// `write` reads {"files": [{"name", "mode", "content"}], "trial"} as JSON from standard input and leaves these files in the
// folder, and of those that it has written before no others. What somebody else has put there stays: a file that is in the
// way is kept under another name, and one without content is the user's own anyway. What trial.js can try is tried first:
// a bundle that isn't let in is none.
// What is ours is known by its SHA-256, in a file beside the folder: .NAME.json.
// What `npm run bundle` put beside a folder, FOLDER.md, goes with the folder.
// Runs on any Node.js that runs Pulumi, without dependencies.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { locate } = require("../ownership/places");
const { tryCertificate } = require("./trial");

const [action, name] = process.argv.slice(2);
const folder = locate(name);
const recordFile = path.join(path.dirname(folder), `.${path.basename(folder)}.json`);
/** Of versions without a record. */
const formerNames = ["ca.pem", "cert.pem", "key.pem", "id", "known_hosts"];

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

async function main() {
  if (action !== "write") return remove();
  const { files, trial } = JSON.parse(fs.readFileSync(0, "utf8"));
  if (trial !== undefined) await tryCertificate(trial);
  write(files);
}

function write(files) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.chmodSync(folder, 0o700);
  const written = readRecord(files);
  const wanted = files.filter(({ content }) => content !== undefined);
  for (const entry of Object.keys(written)) {
    if (!wanted.some((file) => file.name === entry)) removeOurs(entry, written);
  }
  // First, so that a file which a killed run has written is known as ours.
  const hashes = wanted.map((file) => [file.name, [...(written[file.name] ?? []), hashOf(file.content)]]);
  record(Object.fromEntries(hashes));
  for (const file of wanted) {
    const place = path.join(folder, file.name);
    if (fs.existsSync(place) && !isOurs(file.name, written)) keepAside(place, file.content);
    replace(place, file.content, Number.parseInt(file.mode, 8));
  }
  record(Object.fromEntries(wanted.map((file) => [file.name, [hashOf(file.content)]])));
}

function remove() {
  const written = readRecord([]);
  for (const entry of Object.keys(written)) removeOurs(entry, written);
  fs.rmSync(recordFile, { force: true });
  fs.rmSync(`${folder}.md`, { force: true });
  if (removeIfEmpty(folder)) removeIfEmpty(path.dirname(folder));
}

/**
 * Hashes of what was written, by the files' names. A folder of a version that kept no record had nothing but what it wrote,
 * and the key of a client with a request of its own.
 */
function readRecord(files) {
  if (fs.existsSync(recordFile)) return JSON.parse(fs.readFileSync(recordFile, "utf8"));
  const theirs = files.filter(({ content }) => content === undefined).map(({ name }) => name);
  const present = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const known = present.filter((entry) => formerNames.includes(entry) && !theirs.includes(entry));
  return Object.fromEntries(
    known.map((entry) => [entry, [hashOf(fs.readFileSync(path.join(folder, entry)))]]),
  );
}

function record(written) {
  replace(recordFile, JSON.stringify(written), 0o600);
}

function isOurs(entry, written) {
  const place = path.join(folder, entry);
  return fs.lstatSync(place).isFile() && (written[entry] ?? []).includes(hashOf(fs.readFileSync(place)));
}

function removeOurs(entry, written) {
  const place = path.join(folder, entry);
  if (fs.existsSync(place) && isOurs(entry, written)) fs.rmSync(place);
}

function keepAside(place, content) {
  if (hashOf(fs.readFileSync(place)) === hashOf(content)) return;
  const aside = `${place}.kept-${new Date().toISOString().replace(/[:.]/g, "")}`;
  fs.renameSync(place, aside);
  console.error(`${place} wasn't written by this program: it is now ${aside}`);
}

/** Written beside the folder, since a reader of the folder must never meet half a file or a stray one. */
function replace(place, content, mode) {
  const beside = `${folder}.${process.pid}.new`;
  fs.rmSync(beside, { force: true });
  fs.writeFileSync(beside, content, { mode: 0o600, flag: "wx" });
  fs.chmodSync(beside, mode);
  fs.renameSync(beside, place);
}

function hashOf(content) {
  return createHash("sha256").update(content).digest("hex");
}

function removeIfEmpty(place) {
  try {
    fs.rmdirSync(place);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(error.code)) return false;
    if (error.code === "ENOENT") return true;
    throw error;
  }
}
