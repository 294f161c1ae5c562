// Tries a client's certificate at the front door, from outside, as its owner will. The front door answers a trial by
// itself (components/frontDoor/trial.ts): the daemon and the client's limits have nothing to do with it.
// Runs on any Node.js that runs Pulumi, without dependencies.
const tls = require("node:tls");

const trialServerName = "trial.remote-docker";
const milliseconds = 30_000;

/**
 * Ends once the certificate is let in.
 *
 * @param {{client: string, host: string, port: number, root: string, certificate: string, key: string}} trial
 * @throws {Error} which says who isn't let in and why
 */
exports.tryCertificate = async function tryCertificate({ client, host, port, root, certificate, key }) {
  const answer = await asked({
    ...{ host, port, ca: root, cert: certificate, key, servername: trialServerName },
    checkServerIdentity: (_, server) => tls.checkServerIdentity(host, server),
  }).catch((error) => error.message.trim());
  if (answer.startsWith("HTTP/1.1 204 ")) return;
  throw new Error(
    `the certificate of ${client} is not let in at ${host}:${port}: ${answer}. Its bundle was not written, an older one is as it was. ` +
      "`npm run audit` has the front door's reason; then run `npm run up` again.",
  );
};

/** The first line of what comes back. */
function asked(options) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = tls.connect(options, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${trialServerName}\r\nConnection: close\r\n\r\n`),
    );
    socket.setTimeout(milliseconds, () =>
      socket.destroy(new Error(`no answer within ${milliseconds / 1000} s`)),
    );
    socket.on("data", (part) => parts.push(part));
    socket.on("error", reject);
    socket.on("close", () => {
      const [first] = Buffer.concat(parts).toString("latin1").split("\r\n", 1);
      resolve(first || "the connection was closed without an answer");
    });
  });
}
