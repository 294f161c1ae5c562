import { chmodSync, copyFileSync, mkdtempSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import type { Finding } from "../../cli/doctor/finding.ts";
import { type DockerClient, tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { OperatorCommands } from "../support/operatorCommands";
import { Provisioned } from "../support/provisioned";
import { run } from "../support/run";

jest.setTimeout(180_000);

const command = [process.execPath, join(__dirname, "../../cli/doctor.ts"), "--json"];

let host: Provisioned;
let alice: DockerClient;
const servers: Server[] = [];

beforeAll(async () => {
  host = await Provisioned.start();
  host.pki.signed("mallory", "root", "clientAuth");
  host.pki.signed("expired", "root", "clientAuth", { issued: "-60d" });
  host.pki.signed("soon", "root", "clientAuth", { issued: "-25d" });
  host.pki.signed("early", "root", "clientAuth", { issued: "+2d" });
  host.pki.selfSigned("stranger");
  await host.provision({ clients: ["alice", "soon"] });
  alice = host.client("alice");
  await alice.importTools();
});
afterAll(async () => {
  for (const server of servers) server.close();
  await host?.stop();
});

interface Report {
  faults: number;
  warnings: number;
  findings: Finding[];
}

/** What the doctor says in a shell with these variables, and what docker itself would. */
async function diagnosis(
  changes: NodeJS.ProcessEnv,
  before: string[] = [],
): Promise<{ status: number | null; report: Report; docker: () => Promise<string> }> {
  const PATH = `${dirname(alice.binary)}:${process.env.PATH}`;
  const env = { ...alice.environment, PATH, ...changes };
  const { status, stdout, stderr } = await run([...before, ...command], { env });
  if (stdout === "") throw new Error(stderr);
  const docker = async () => {
    const said = await run([alice.binary, "version"], { env });
    return said.stdout + said.stderr;
  };
  return { status, report: JSON.parse(stdout) as Report, docker };
}

/** A bundle's folder of its own. */
function bundle(files: Partial<Record<"ca" | "cert" | "key", string>>): string {
  const folder = mkdtempSync(host.pki.file("bundle-"));
  for (const [name, file] of Object.entries(files)) {
    copyFileSync(host.pki.file(file), join(folder, `${name}.pem`));
    chmodSync(join(folder, `${name}.pem`), 0o400);
  }
  return folder;
}

const whose = (name: string) => bundle({ ca: "root.pem", cert: `${name}.pem`, key: `${name}.key` });

/** A daemon that says its version to everybody, and nothing else. */
function openToAll({ url }: IncomingMessage, answer: ServerResponse): void {
  answer.statusCode = url === "/version" ? 200 : 404;
  answer.end(JSON.stringify({ Version: "26.1.5", ApiVersion: "1.45", MinAPIVersion: "1.24" }));
}

async function listening(server: Server, address = "127.0.0.1"): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return `tcp://${address}:${(server.address() as AddressInfo).port}`;
}

test("a shell as it should be has no fault", async () => {
  const { status, report } = await diagnosis({});
  expect(report.findings.filter(({ level }) => level === "fault")).toEqual([]);
  expect(status).toBe(0);
  expect(report.findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["variables", "client bundle", "port", "TLS", "admission", "refusals", "engine"]),
  );
});

test("it speaks to people, too", async () => {
  const { stdout } = await run(command.slice(0, 2), { env: { ...alice.environment, DOCKER_TLS_VERIFY: "" } });
  expect(stdout).toContain("FAULT    variables: DOCKER_HOST is set without DOCKER_TLS_VERIFY");
  expect(stdout).toContain("Do this: export DOCKER_TLS_VERIFY=1");
  expect(stdout).toMatch(/^1 faults, \d+ warnings$/m);
});

type Setup = () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>;

test.each<[string, Setup, string, RegExp?]>([
  [
    "DOCKER_TLS_VERIFY is missing",
    () => ({ DOCKER_TLS_VERIFY: undefined }),
    "DOCKER_HOST is set without DOCKER_TLS_VERIFY",
    /EOF|reset/,
  ],
  [
    "key.pem is missing",
    () => ({ DOCKER_CERT_PATH: bundle({ ca: "root.pem", cert: "alice.pem" }) }),
    "has no key.pem",
  ],
  ["the bundle is missing", () => ({ DOCKER_CERT_PATH: "/nowhere" }), "has no ca.pem, cert.pem, key.pem"],
  [
    "the key is somebody else's",
    () => ({ DOCKER_CERT_PATH: bundle({ ca: "root.pem", cert: "alice.pem", key: "soon.key" }) }),
    "key.pem isn't the key of cert.pem",
    /private key does not match public key/,
  ],
  [
    "ca.pem is another daemon's",
    () => ({ DOCKER_CERT_PATH: bundle({ ca: "stranger.pem", cert: "alice.pem", key: "alice.key" }) }),
    "ca.pem hasn't signed cert.pem",
    /x509: certificate signed by unknown authority/,
  ],
  [
    "a file is no PEM",
    () => ({ DOCKER_CERT_PATH: bundle({ ca: "root.pem", cert: "alice.key", key: "alice.key" }) }),
    "a file isn't PEM as it should be",
  ],
  [
    "the whole bundle is another daemon's",
    () => ({ DOCKER_CERT_PATH: bundle({ ca: "stranger.pem", cert: "stranger.pem", key: "stranger.key" }) }),
    "the bundle's ca.pem doesn't vouch for the server",
    /x509: certificate signed by unknown authority/,
  ],
  [
    "others can read the key",
    () => {
      const folder = whose("alice");
      chmodSync(join(folder, "key.pem"), 0o644);
      return { DOCKER_CERT_PATH: folder };
    },
    "others on this computer can read key.pem (mode 644)",
  ],
  [
    "the certificate has expired",
    () => ({ DOCKER_CERT_PATH: whose("expired") }),
    "that of expired has expired",
    /tls: expired certificate/,
  ],
  ["the certificate isn't valid yet", () => ({ DOCKER_CERT_PATH: whose("early") }), "isn't valid before"],
  [
    "the client was removed",
    () => ({ DOCKER_CERT_PATH: whose("mallory") }),
    "is this client still admitted",
    /EOF|reset/,
  ],
  [
    "nothing listens at the port",
    async () => ({ DOCKER_HOST: `tcp://127.0.0.1:${await freePort()}` }),
    "can't be reached (ECONNREFUSED)",
    /Cannot connect to the Docker daemon|connection refused/,
  ],
  [
    "the name can't be found",
    () => ({ DOCKER_HOST: "tcp://no-such-host.invalid:2376" }),
    "can't be reached (E",
    /no such host|lookup/,
  ],
  [
    "the server's certificate has other names",
    async () => {
      const way = createServer((socket) => {
        const on = connect(host.guest.port, "127.0.0.1");
        for (const one of [socket, on]) one.on("error", () => undefined);
        socket.pipe(on).pipe(socket);
      });
      return { DOCKER_HOST: await listening(way, "127.0.0.2") };
    },
    "the server's certificate isn't for 127.0.0.2",
    /x509: certificate is valid for/,
  ],
  [
    "something there speaks plain HTTP",
    async () => ({ DOCKER_HOST: await listening(createHttpServer((_, answer) => answer.end("{}"))) }),
    "speaks no TLS",
  ],
  [
    "a daemon there asks for no certificate",
    async () => {
      const { certificate: cert, key } = host.pki.pair("server");
      return {
        DOCKER_HOST: await listening(createHttpsServer({ cert, key }, openToAll)),
      };
    },
    "answers a request without a certificate, a stranger's certificate",
  ],
])("it finds that %s", async (_, ...[setup, words, says]) => {
  const { status, report, docker } = await diagnosis(await setup());
  const faults = report.findings.filter(({ level }) => level === "fault");
  expect(faults.map(({ what }) => what).join("\n")).toContain(words);
  for (const { remedy } of faults) expect(remedy).toBeTruthy();
  expect(status).toBe(1);
  if (says !== undefined) expect(await docker()).toMatch(says);
});

test.each<[string, Setup, string]>([
  ["a context contradicts the host", () => ({ DOCKER_CONTEXT: "other" }), "are both set"],
  ["the API's version is pinned", () => ({ DOCKER_API_VERSION: "1.40" }), "DOCKER_API_VERSION is 1.40"],
  [
    "docker-py trusts other roots",
    () => ({ REQUESTS_CA_BUNDLE: "/etc/ssl/certs" }),
    "REQUESTS_CA_BUNDLE is set",
  ],
  ["curl trusts other roots", () => ({ CURL_CA_BUNDLE: "/etc/ssl/certs" }), "CURL_CA_BUNDLE is set"],
  ["the certificate ends soon", () => ({ DOCKER_CERT_PATH: whose("soon") }), "valid for 4 more days"],
  ["there is no docker client", () => ({ PATH: "/nowhere" }), "there is none on this shell's PATH"],
  ["a plugin is missing", () => ({ DOCKER_CONFIG: emptyFolder() }), "the plugin compose is missing"],
])("it warns that %s", async (_, setup, words) => {
  const { status, report } = await diagnosis(await setup());
  const warnings = report.findings.filter(({ level }) => level === "warning");
  expect(warnings.map(({ what }) => what).join("\n")).toContain(words);
  expect(status).toBe(0);
});

function emptyFolder(): string {
  return mkdtempSync(host.pki.file("docker-config-"));
}

test("it finds that the clocks are apart", async () => {
  const { report } = await diagnosis({}, ["faketime", "-f", "+10m"]);
  expect(report.findings).toContainEqual(
    expect.objectContaining({
      check: "clock",
      level: "fault",
      what: expect.stringMatching(/^the machine's is (59\d|60\d) s behind/),
    }),
  );
});

test("it warns of ports that can't be forwarded, and of containers that would end with dockerd", async () => {
  await host.provision({ clients: ["alice", "soon"], daemon: { liveRestore: false } });
  await alice.out(
    "run",
    "-d",
    "--name",
    "dns",
    "-p",
    "5353:53/udp",
    "-p",
    "10.0.2.15:8081:80",
    tools,
    "sleep",
    "1000",
  );
  const { report } = await diagnosis({});
  const warnings = report.findings.filter(({ level }) => level === "warning").map(({ what }) => what);
  expect(warnings).toContain("dns publishes 5353/udp, which can't be forwarded");
  expect(warnings).toContain("dns publishes 8081 on 10.0.2.15, which npm run forward can't reach");
  expect(warnings).toContain("live-restore is off");
  await alice.out("rm", "-f", "dns");
  await host.provision({ clients: ["alice", "soon"] });
});

test("as the operator it looks at the machine's disk, too", async () => {
  const operator = new OperatorCommands(host.guest, {
    ...alice.environment,
    clients: { alice: alice.environment },
  });
  try {
    const look = async () => {
      const { stdout } = await operator.run("doctor", ["--stack", "dev", "--json"]);
      return (JSON.parse(stdout) as Report).findings.find(({ check }) => check === "machine's disk");
    };
    expect(await look()).toMatchObject({ what: expect.stringMatching(/GiB are free .* build cache$/) });
    Object.assign(operator.outputs, { operator: { ...host.guest.operator, port: await freePort() } });
    expect(await look()).toMatchObject({ level: "warning", what: expect.stringContaining("ECONNREFUSED") });
  } finally {
    operator.remove();
  }
});

test("it finds that dockerd hangs", async () => {
  await host.asRoot("pkill -STOP -x dockerd");
  try {
    const { report } = await diagnosis({});
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        check: "admission",
        level: "fault",
        what: expect.stringContaining("no answer within 10 s"),
      }),
    );
  } finally {
    await host.asRoot("pkill -CONT -x dockerd");
  }
});
