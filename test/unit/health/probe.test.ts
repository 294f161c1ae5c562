import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { fingerprint } from "../../support/pki";

const folder = mkdtempSync(join(tmpdir(), "probe-"));
const servers: net.Server[] = [];

afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => rmSync(folder, { recursive: true }));

const root = selfSigned("root");
const server = signed("server", "subjectAltName=IP:127.0.0.1");
const client = signed("client", "extendedKeyUsage=clientAuth");
const unlisted = signed("unlisted", "extendedKeyUsage=clientAuth");
const stranger = selfSigned("stranger");

test("a daemon that answers its client and refuses everybody else is healthy", async () => {
  const port = await listen(daemon({ minVersion: "TLSv1.2" }, (name) => name === "client"));
  const { status, stdout } = await probe(port);
  expect(stdout).toBe(`Docker 26.1.5 answers at 127.0.0.1:${port}\n`);
  expect(status).toBe(0);
});

test.each([
  ["without a certificate", { requestCert: false }, () => true],
  [
    "with a self-signed certificate",
    { rejectUnauthorized: false },
    (name: string | undefined) => name !== undefined,
  ],
  ["that is not on the allow-list", {}, () => true],
  [
    "with TLS 1.1",
    { minVersion: "TLSv1.1" as const, ciphers: "DEFAULT@SECLEVEL=0" },
    (name: string | undefined) => name === "client",
  ],
])("a daemon that answers a request %s is reported", async (what, options, admits) => {
  const port = await listen(daemon({ minVersion: "TLSv1.2", ...options }, admits));
  const { status, stderr } = await probe(port);
  expect(stderr).toContain(what);
  expect(stderr).toContain(`the daemon at 127.0.0.1:${port} answered`);
  expect(status).toBe(1);
});

test("a daemon that answers a request in plain text is reported", async () => {
  const inTls = daemon({ minVersion: "TLSv1.2" }, (name) => name === "client");
  const inPlainText = http.createServer((_, response) => response.end("hello"));
  const either = net.createServer((socket) =>
    socket.once("readable", () => {
      const first = socket.read(1) as Buffer;
      socket.unshift(first);
      (first[0] === 0x16 ? inTls : inPlainText).emit("connection", socket);
    }),
  );
  const { status, stderr } = await probe(await listen(either));
  expect(stderr).toContain("answered a request in plain text");
  expect(status).toBe(1);
});

describe("a bundle that is still on this computer", () => {
  const former = signed("former", "extendedKeyUsage=clientAuth");
  const bundle = join(folder, "bundles", "bob");

  beforeAll(() => {
    mkdirSync(bundle, { recursive: true });
    copyFileSync(former.certificate, join(bundle, "cert.pem"));
    copyFileSync(former.key, join(bundle, "key.pem"));
  });
  afterAll(() => rmSync(join(folder, "bundles"), { recursive: true }));

  test("must be refused when its certificate is on the allow-list no more", async () => {
    const admits = (name: string | undefined) => ["client", "former"].includes(name ?? "");
    const { status, stderr } = await probe(await listen(daemon({ minVersion: "TLSv1.2" }, admits)));
    expect(stderr).toContain("answered a request with the former certificate of bob");
    expect(status).toBe(1);
  });

  test("is fine when it is refused, or when its certificate is on the allow-list", async () => {
    const strict = await probe(await listen(daemon({ minVersion: "TLSv1.2" }, (name) => name === "client")));
    expect(strict.status).toBe(0);
    const both = (name: string | undefined) => ["client", "former"].includes(name ?? "");
    const allowed = [fingerprint(read(former.certificate))];
    const { status } = await probe(await listen(daemon({ minVersion: "TLSv1.2" }, both)), 5, { allowed });
    expect(status).toBe(0);
  });
});

test("a daemon that answers nobody is reported with what to look at", async () => {
  const port = await listen(http.createServer());
  const { status, stderr } = await probe(port, 0);
  expect(stderr).toContain(`no answer from the daemon at 127.0.0.1:${port} within 0 s`);
  expect(stderr).toContain("journalctl -u haproxy -u docker");
  expect(status).toBe(1);
});

test("no private key is shown when the probe fails", async () => {
  const port = await listen(http.createServer());
  const { stdout, stderr } = await probe(port, 0);
  expect(stdout + stderr).not.toContain("PRIVATE KEY");
});

/** A stand-in for the daemon: HTTPS that closes the connection of everybody whom it doesn't admit. */
function daemon(options: https.ServerOptions, admits: (name: string | undefined) => boolean): net.Server {
  const all = {
    ...pem(server),
    ca: read(root.certificate),
    requestCert: true,
    rejectUnauthorized: true,
    ...options,
  };
  if (options.requestCert === false) all.rejectUnauthorized = false;
  return https.createServer(all, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerCertificate();
    const name = peer.subject?.CN as string | undefined;
    if (admits(name)) response.end(JSON.stringify({ Version: "26.1.5" }));
    else request.socket.destroy();
  });
}

async function listen(made: net.Server): Promise<number> {
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return (made.address() as net.AddressInfo).port;
}

function probe(
  port: number,
  patienceSeconds = 5,
  changes: object = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const target = {
    host: "127.0.0.1",
    port,
    root: read(root.certificate),
    client: keyPair(client),
    unlisted: keyPair(unlisted),
    selfSigned: keyPair(stranger),
    allowed: [],
    bundles: "bundles",
    tooOld: "1.1",
    patienceSeconds,
    ...changes,
  };
  const child = spawn(process.execPath, [join(__dirname, "../../../components/health/probe.js")], {
    env: { PATH: process.env.PATH, HOME: folder },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (output.stdout += data));
  child.stderr.on("data", (data) => (output.stderr += data));
  child.stdin.end(JSON.stringify(target));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, ...output })));
}

interface Files {
  certificate: string;
  key: string;
}

function selfSigned(name: string): Files {
  const files = filesOf(name);
  openssl("req", "-x509", ...newKey(files), "-subj", `/CN=${name}`, "-days", "1", "-out", files.certificate);
  return files;
}

function signed(name: string, extension: string): Files {
  const files = filesOf(name);
  openssl(
    "req",
    "-x509",
    ...newKey(files),
    "-subj",
    `/CN=${name}`,
    "-days",
    "1",
    "-out",
    files.certificate,
    "-CA",
    root.certificate,
    "-CAkey",
    root.key,
    "-addext",
    extension,
    "-addext",
    "basicConstraints=critical,CA:false",
  );
  return files;
}

function newKey({ key }: Files): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key];
}

function filesOf(name: string): Files {
  return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function keyPair({ certificate, key }: Files): { certificate: string; key: string } {
  return { certificate: read(certificate), key: read(key) };
}

function pem(files: Files): { cert: string; key: string } {
  return { cert: read(files.certificate), key: read(files.key) };
}
