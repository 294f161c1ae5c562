// Behaves like QEMU with a guest, as far as process.sh sees it: node fakeQemu.js boots|dies|crashes|isKilled|panics|hangs
// ARGUMENTS
const fs = require("node:fs");
const net = require("node:net");

const [guest, ...args] = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const console = option("-serial").replace("file:", "");
const [, host, port] = /hostfwd=tcp:([\d.]+):(\d+)-:2376/.exec(option("-netdev"));

fs.writeFileSync(console, "Linux version 6.12\n");
fs.writeFileSync("arguments", args.join("\n"));

const front = net.createServer((socket) => {
  socket.on("error", () => {});
  if (guest === "boots" || guest === "hangs") socket.write("SSH-2.0-guest\r\n");
});
front.on("error", (error) => {
  process.stderr.write(`could not set up host forwarding rule: ${error.code}\n`);
  process.exit(1);
});
front.listen(Number(port), host, () => {
  net.createServer(monitor).listen("qmp.sock", () => {
    fs.writeFileSync(option("-pidfile"), `${process.pid}\n`);
    if (guest === "panics") fs.appendFileSync(console, "Kernel panic - not syncing: no root\n");
    if (guest === "dies") {
      fs.appendFileSync(console, "last words\n");
      process.stderr.write("QEMU's own words\n");
      process.exit(1);
    }
    if (guest === "crashes") process.kill(process.pid, "SIGSEGV");
    if (guest === "isKilled") process.kill(process.pid, "SIGKILL");
  });
});

function monitor(socket) {
  socket.on("error", () => {});
  socket.write('{"QMP": {"version": {}}}\n');
  socket.on("data", (data) => {
    for (const line of String(data).trim().split("\n")) {
      socket.write('{"return": {}}\n');
      if (JSON.parse(line).execute === "system_powerdown" && guest !== "hangs") {
        fs.appendFileSync(console, "reboot: Power down\n");
        setImmediate(() => process.exit(0));
      }
    }
  });
}
