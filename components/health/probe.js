// Asks the daemon from outside, as its users do: a request with a client's certificate must be answered, and every
// request without a right to an answer must be refused. Reads one JSON object from standard input (see health.ts);
// runs on any Node.js that runs Pulumi, without dependencies.
const { createHash, X509Certificate } = require("node:crypto");
const fs = require("node:fs");
const https = require("node:https");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const answerTimeout = 10_000;
const pause = 1_000;

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});

async function main() {
  const target = JSON.parse(await standardInput());
  const version = await waitForAnswer(target);
  for (const [what, attempt] of [...refusals(target), ...formerClients(target)]) {
    const answer = await attempt().then(
      (text) => ({ text }),
      (error) => ({ error }),
    );
    if (answer.text !== undefined) {
      throw new Error(
        `the daemon at ${at(target)} answered ${what}: ${firstLine(answer.text)}. ` +
          "Nobody but the clients may be answered: destroy the stack or close the port, and report this.",
      );
    }
    if (answer.error.code === "NO_ANSWER") {
      throw new Error(
        `the daemon at ${at(target)} neither answered nor refused ${what} within ${answerTimeout / 1000} s; ` +
          "look at the front door's log on the machine (journalctl -u haproxy)",
      );
    }
  }
  process.stdout.write(`Docker ${version} answers at ${at(target)}\n`);
}

/** What must be refused, each with the words for it and the attempt. */
function refusals(target) {
  const { host, port, root, client, unlisted, selfSigned, tooOld } = target;
  const base = { host, port, ca: root };
  const old = `TLSv${tooOld}`;
  return [
    ["a request without a certificate", () => ask(base)],
    ["a request with a self-signed certificate", () => ask({ ...base, ...pair(selfSigned) })],
    ["a request with a certificate that is not on the allow-list", () => ask({ ...base, ...pair(unlisted) })],
    [
      `a request with TLS ${tooOld}`,
      // OpenSSL itself offers TLS 1.1 at its lowest level of security alone.
      () =>
        ask({ ...base, ...pair(client), minVersion: old, maxVersion: old, ciphers: "DEFAULT@SECLEVEL=0" }),
    ],
    ["a request in plain text", () => askInPlainText({ host, port })],
  ];
}

/** Bundles that are still on this computer of clients who were removed, or whose key was rotated. */
function formerClients({ host, port, root, allowed, bundles }) {
  const folder = path.join(os.homedir(), bundles);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names.flatMap((name) => {
    const [certificate, key] = ["cert.pem", "key.pem"].map((file) =>
      readIfThere(path.join(folder, name, file)),
    );
    if (certificate === undefined || key === undefined || allowed.includes(fingerprint(certificate)))
      return [];
    const options = { host, port, ca: root, ...pair({ certificate, key }) };
    return [[`a request with the former certificate of ${name}`, () => ask(options)]];
  });
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** As the allow-list has it; of what isn't a certificate there is none. */
function fingerprint(certificate) {
  try {
    return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
  } catch {
    return undefined;
  }
}

async function waitForAnswer(target) {
  const deadline = Date.now() + target.patienceSeconds * 1000;
  const options = {
    host: target.host,
    port: target.port,
    ca: target.root,
    ...pair(target.client),
  };
  for (;;) {
    try {
      return JSON.parse(await ask(options)).Version;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(
          `no answer from the daemon at ${at(target)} within ${target.patienceSeconds} s: ${error.message}. ` +
            "Is the address right and the port reachable from here? If so, look at the machine's journal (journalctl -u haproxy -u docker).",
          { cause: error },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** The body of `GET /version`, or an error when the connection is refused, ended or silent. */
function ask(options) {
  return new Promise((resolve, reject) => {
    const request = https.get({ ...options, path: "/version", agent: false }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => resolve(Buffer.concat(parts).toString()));
    });
    request.setTimeout(answerTimeout, () => request.destroy(noAnswer()));
    request.on("error", reject);
  });
}

/** What comes back for an HTTP request without TLS. */
function askInPlainText({ host, port }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    socket.setTimeout(answerTimeout, () => socket.destroy(noAnswer()));
    socket.on("connect", () =>
      socket.write(`GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (data) => {
      resolve(data.toString("latin1"));
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
  });
}

function noAnswer() {
  return Object.assign(new Error("no answer"), { code: "NO_ANSWER" });
}

function pair({ certificate, key }) {
  return { cert: certificate, key };
}

function at({ host, port }) {
  return `${host}:${port}`;
}

function firstLine(text) {
  return JSON.stringify(text.split("\n", 1)[0].slice(0, 80));
}

async function standardInput() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts).toString();
}
