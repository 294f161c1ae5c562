// Gives one command to a running QEMU and prints what it returned, as JSON.
//   node monitor.js SOCKET COMMAND [ARGUMENTS as JSON]      e.g. node monitor.js qmp.sock system_powerdown
// QMP is JSON lines: a greeting, then an answer to each command, events in between (QEMU's docs/interop/qmp-spec).
const net = require("node:net");
const readline = require("node:readline");

const [socketPath, execute, json] = process.argv.slice(2);
const socket = net.connect(socketPath);
const waiting = ["qmp_capabilities", execute];

socket.on("error", (error) => end(1, `${socketPath}: ${error.message}`));
socket.on("close", () => end(1, `${socketPath}: QEMU closed the connection before it answered`));
readline.createInterface({ input: socket }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.error) end(1, `${execute}: ${message.error.desc}`);
  if (message.QMP) return send(waiting[0]);
  if (!("return" in message)) return;
  waiting.shift();
  if (waiting.length > 0) return send(waiting[0]);
  console.log(JSON.stringify(message.return));
  end(0);
});

function send(name) {
  const command = name === execute && json ? { execute, arguments: JSON.parse(json) } : { execute: name };
  socket.write(`${JSON.stringify(command)}\n`);
}

function end(status, problem) {
  if (problem) console.error(problem);
  process.exit(status);
}
