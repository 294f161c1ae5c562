// Writes or removes a folder of small private files in the user's own home: a client bundle, the operator's access.
//   node folder.js write|remove FOLDER    FOLDER is relative to the home folder, or after `state:` to $XDG_STATE_HOME
// `write` reads [{"name", "mode", "content"}] as JSON from standard input and leaves exactly these files in the folder; one
// without content is the user's own, and left as it is.
// What `npm run bundle` put beside a folder, FOLDER.md, goes with the folder.
// Runs on any Node.js that runs Pulumi, without dependencies.
const fs = require("node:fs");
const path = require("node:path");
const { locate } = require("../ownership/places");

const [action, name] = process.argv.slice(2);
const folder = locate(name);

if (action === "write") write(JSON.parse(fs.readFileSync(0, "utf8")));
else remove();

function write(files) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.chmodSync(folder, 0o700);
  const wanted = new Set(files.map((file) => file.name));
  for (const entry of fs.readdirSync(folder)) {
    if (!wanted.has(entry)) fs.rmSync(path.join(folder, entry), { recursive: true });
  }
  for (const file of files.filter(({ content }) => content !== undefined)) {
    // Beside the folder, since a reader of the folder must never meet half a file or a stray one.
    const beside = `${folder}.${process.pid}.new`;
    fs.rmSync(beside, { force: true });
    fs.writeFileSync(beside, file.content, { mode: 0o600, flag: "wx" });
    fs.chmodSync(beside, Number.parseInt(file.mode, 8));
    fs.renameSync(beside, path.join(folder, file.name));
  }
}

function remove() {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(`${folder}.md`, { force: true });
  try {
    fs.rmdirSync(path.dirname(folder));
  } catch (error) {
    if (!["ENOTEMPTY", "ENOENT", "EEXIST"].includes(error.code)) throw error;
  }
}
