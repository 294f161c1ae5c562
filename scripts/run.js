"use strict";

// Every `npm run …` of this project starts here: set-up first, as far as the command needs it, then the command.
// Runs on Node 20 before anything is installed, and so uses Node's own modules only.
const commands = require("./commands");
const { helpOf } = require("./help");
const { SetupError, say } = require("./report");

const [name, ...args] = process.argv.slice(2);

async function main() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new SetupError(`Node ${process.versions.node} is too old: use Node 20 or newer`);
  }
  if (!Object.hasOwn(commands, name)) {
    throw new SetupError(`"${name}" is not a command; there are: ${Object.keys(commands).join(", ")}`);
  }
  const help = helpOf(name, args);
  if (help === undefined) return commands[name](args);
  process.stdout.write(`${help}\n`);
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    say(error instanceof SetupError ? `\nerror: ${error.message}` : error.stack);
    process.exitCode = 1;
  },
);
