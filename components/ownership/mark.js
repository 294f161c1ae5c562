// Says whose a folder on this computer is, so that another stack's state leaves it alone: one of another checkout or user,
// one whose own was lost, another component of the same program.
//   node mark.js take FOLDER      ends with an error when it is somebody else's
//   node mark.js release FOLDER
// FOLDER is relative to the home folder, or after `state:` to $XDG_STATE_HOME. The mark is a file beside it, FOLDER.owner.
// environment: OWNER     the stack's own id, which its state keeps
//              EVIDENCE  what proves that a folder without a mark, of an earlier version, is the stack's: a machine's
//                        incarnation, the operator's known host, or certificates of the roots that bundles trust
//              LOST      the command that removes the folder's content when nobody has its state any more
// Runs on any Node.js that runs Pulumi, without dependencies.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { locate } = require("./places");

const [action, name] = process.argv.slice(2);
const { OWNER: owner, EVIDENCE: evidence = "", LOST: lost } = process.env;
const folder = locate(name);
const mark = `${folder}.owner`;

if (action === "take") take();
else release();

function take() {
  const unmarked = !fs.existsSync(mark) && fs.existsSync(folder) && !isProven();
  if (unmarked) refuse("it has no owner's mark, and what is in it isn't of this stack's state");
  const found = write() ? owner : readMark().id;
  if (found !== owner) refuse(madeBy(readMark()));
}

/** Containers run as numbers that no account has. */
function userName() {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid()}`;
  }
}

/** Whether the mark could be made: two that try at once must not both succeed. */
function write() {
  fs.mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  const beside = `${mark}.${process.pid}.new`;
  const text = {
    id: owner,
    since: new Date().toISOString(),
    user: userName(),
    in: process.cwd(),
  };
  fs.writeFileSync(beside, `${JSON.stringify(text)}\n`, { mode: 0o600 });
  try {
    fs.linkSync(beside, mark);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    fs.unlinkSync(beside);
  }
}

function readMark() {
  try {
    return JSON.parse(fs.readFileSync(mark, "utf8"));
  } catch (error) {
    return { id: undefined, problem: error.message };
  }
}

function isProven() {
  const names = ["incarnation", "known_hosts", ...bundles().map((bundle) => `${bundle}/ca.pem`)];
  const files = names.map((file) => path.join(folder, file));
  return files
    .filter((file) => fs.existsSync(file))
    .every((file) => parts(file).some((one) => evidence.includes(one)));
}

function bundles() {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** A file's certificates, or its text where there are none. */
function parts(file) {
  return fs
    .readFileSync(file, "utf8")
    .split(/(?=-----BEGIN )/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function madeBy({ since, user, in: checkout, problem }) {
  if (problem !== undefined) return `its mark ${mark} can't be read: ${problem}`;
  return `it was made on ${since} by ${user}, with the program in ${checkout}`;
}

function refuse(why) {
  console.error(
    `${folder} belongs to another stack's state: ${why}. Nothing of it was changed. Give this stack another name ` +
      `(npm run up -- --stack NAME), or work with that state instead, or destroy that stack where its state is. ` +
      `If its state is lost, remove what it left, for good: ${lost} && rm -f ${quoted(mark)}`,
  );
  process.exit(1);
}

function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function release() {
  if (readMark().id === owner) fs.unlinkSync(mark);
  removeEmpty(path.dirname(folder));
}

/** The folder, and those above it that belong to this project alone. */
function removeEmpty(parent) {
  try {
    fs.rmdirSync(parent);
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT", "EEXIST"].includes(error.code)) throw error;
    return;
  }
  if (parent.includes(`${path.sep}remote-docker${path.sep}`)) removeEmpty(path.dirname(parent));
}
