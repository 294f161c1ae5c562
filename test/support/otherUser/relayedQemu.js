// Stands in for QEMU where whoever starts it can't have a system container: root is asked to boot the disk, by the socket
// beside this file, and what comes to the machine's port is passed on. Ends with the container, and the container with it.
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");

const args = process.argv.slice(2);
if (args[0] === "--version") {
  console.log("QEMU emulator version 10.0.2");
  process.exit();
}
const option = (name) => args[args.indexOf(name) + 1];
const [, host, port] = /hostfwd=tcp:([\d.]+):(\d+)-:2376/.exec(option("-netdev"));

const root = net.connect(path.join(__dirname, "root.sock"), () => root.write(`${JSON.stringify(args)}\n`));
root.once("data", (inner) => relayTo(Number(inner)));
root.on("close", () => process.exit());

function relayTo(inner) {
  const front = net.createServer((socket) => {
    const machine = net.connect(inner, "127.0.0.1");
    const end = () => [socket, machine].forEach((one) => one.destroy());
    for (const one of [socket, machine]) one.on("error", end);
    socket.pipe(machine).pipe(socket);
  });
  front.listen(Number(port), host, () =>
    net.createServer(monitor).listen("qmp.sock", () => {
      fs.writeFileSync(option("-pidfile"), `${process.pid}\n`);
    }),
  );
}

function monitor(socket) {
  socket.on("error", () => {});
  socket.write('{"QMP": {"version": {}}}\n');
  socket.on("data", (data) => {
    for (const line of String(data).trim().split("\n")) {
      socket.write('{"return": {}}\n');
      if (JSON.parse(line).execute === "system_powerdown") setImmediate(() => process.exit());
    }
  });
}
