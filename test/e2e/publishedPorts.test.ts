import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { type DockerClient, tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { run, Running, succeeded } from "../support/run";

jest.setTimeout(120_000);

const command = join(__dirname, "../../cli/forward.ts");

let host: Provisioned;
let alice: DockerClient;
const forwards: Running[] = [];

describe.each(hosts)("on $name", ({ start }) => {
  beforeAll(async () => {
    host = await start();
    await host.provision({ clients: ["alice"] });
    // Taken up by the front door as it runs.
    await host.provision({ clients: ["alice", "bob"] });
    host.pki.signed("mallory", "root", "clientAuth");
    alice = host.client("alice");
    await alice.importTools();
    await publish("web", "8088:80", "httpd", "-f", "-p", "80", "-h", "/");
    // Sends back what comes, and ends when the other side has ended.
    await publish("echo", "9000:9000", "nc", "-ll", "-p", "9000", "-e", "cat");
  });
  afterEach(() => Promise.all(forwards.splice(0).map((one) => one.interrupt())));
  afterAll(() => host?.stop());

  test("a published port is at this computer's localhost for as long as the command runs", async () => {
    const { running, local } = await forward("bob", `${await freePort()}:8088`);
    expect(await fetched(local)).toBe("open\n");
    expect((await running.interrupt()).status).toBe(0);
    await expect(fetched(local)).rejects.toThrow();
  });

  test("megabytes come back whole, and the end of one side is the end of that side alone", async () => {
    const { local } = await forward("alice", `${await freePort()}:9000`);
    const sent = Buffer.alloc(8 * 1024 * 1024, "published ports ");
    const socket = connect({ host: "127.0.0.1", port: local, allowHalfOpen: true });
    socket.end(sent);
    expect((await text(socket)) === sent.toString()).toBe(true);
  });

  test("a port that is taken on this computer gets another one, which is said", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { running, local } = await forward("alice", `${port}:8088`);
    await running.printsEventually(`${port} can't be had on this computer`);
    other.close();
    expect(local).not.toBe(port);
    expect(await fetched(local)).toBe("open\n");
  });

  test("all that is published is followed: what starts comes, what ends goes", async () => {
    const running = started("alice", "--all");
    const [, web] = await running.prints(/127\.0\.0\.1:(\d+) leads to web:80 /);
    expect(await fetched(Number(web))).toBe("open\n");
    await alice.out("run", "-d", "--name", "late", "-p", "80", tools, "httpd", "-f", "-p", "80", "-h", "/");
    const [, late] = await running.prints(/127\.0\.0\.1:(\d+) leads to late:80 /);
    expect(await fetched(Number(late))).toBe("open\n");
    await alice.out("rm", "-f", "late");
    await running.prints(new RegExp(`127\\.0\\.0\\.1:${late} ended`));
    await expect(fetched(Number(late))).rejects.toThrow();
  });

  // Its helper Ryuk is an image of its own, which can't be had here.
  test("Testcontainers reaches exposed ports while all are forwarded", async () => {
    await started("alice", "--all").printsEventually("leads to web:80");
    const environment = { TESTCONTAINERS_HOST_OVERRIDE: "127.0.0.1", TESTCONTAINERS_RYUK_DISABLED: "true" };
    const test = join(__dirname, "fixtures/testcontainers.mts");
    const { stdout } = succeeded(
      await run([process.execPath, test], { env: { ...alice.environment, ...environment } }),
    );
    expect(stdout).toBe("open\n");
  });

  test.each([
    ["sshd's", 22],
    ["the plain listener's", 2375],
    ["the front door's", 2376],
    ["dockerd's", 2378],
    ["no port", 0],
    ["no port either", 65536],
  ])("a port of the machine's own isn't led to: %s, %i", async (_, port) => {
    const since = await host.now();
    await expect(through("alice", `port-${port}.remote-docker`)).resolves.toBe("");
    const reason = `port ${port} is not a published one`;
    expect(await host.log(since)).toContainEqual(
      expect.objectContaining({ event: "refused", client: "alice", reason }),
    );
  });

  test("who isn't admitted to the daemon isn't led to a port either", async () => {
    const since = await host.now();
    await expect(through("mallory", "port-8088.remote-docker")).resolves.toBe("");
    const refused = { event: "refused", client: "mallory", reason: "not on the allow-list" };
    expect(await host.log(since)).toContainEqual(expect.objectContaining(refused));
  });

  test("the log has who was led to which port", async () => {
    const since = await host.now();
    expect(await through("alice", "port-8088.remote-docker")).toContain("200 OK");
    const line = { event: "connection", client: "alice", published: "8088" };
    expect(await host.log(since)).toContainEqual(expect.objectContaining(line));
  });

  test("a removed client's connections to published ports end, others' go on", async () => {
    const clients = await Promise.all(["alice", "bob"].map((name) => forward(name, "9000")));
    const [hers, his] = await Promise.all(clients.map(({ local }) => opened(local)));
    await host.provision({ clients: ["alice"] });
    expect(await text(his)).toBe("");
    hers.end("still here");
    expect(await text(hers)).toBe("still here");
    expect(await text((await opened(clients[1].local, "")).end("let me in"))).toBe("");
    await clients[1].running.printsEventually("is this client still admitted?");
  });
});

/** A container that publishes a port on the machine. */
async function publish(name: string, ports: string, ...job: string[]): Promise<void> {
  await alice.out("run", "-d", "--name", name, "-p", ports, tools, ...job);
}

/** The command, with the shell's variables of a client. */
function started(client: string, ...args: string[]): Running {
  const { PATH, DOCKER_HOST, DOCKER_CERT_PATH } = host.client(client).environment;
  const running = new Running(
    spawn(process.execPath, [command, ...args], { env: { PATH, DOCKER_HOST, DOCKER_CERT_PATH } }),
  );
  forwards.push(running);
  return running;
}

/** One port; `local` is where it is on this computer. */
async function forward(client: string, port: string): Promise<{ running: Running; local: number }> {
  const running = started(client, port);
  const [, local] = await running.prints(/127\.0\.0\.1:(\d+) leads to/);
  return { running, local: Number(local) };
}

async function fetched(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/gate`)).text();
}

/** A connection that has had an answer to `greeting`. */
async function opened(port: number, greeting = "hello"): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  await once(socket, "connect");
  if (greeting !== "") {
    socket.write(greeting);
    await once(socket, "data");
  }
  return socket;
}

/** What is answered to a request for /gate by a client that names a server; nothing where the connection is ended. */
function through(client: string, servername: string): Promise<string> {
  const { certificate: cert, key } = host.pki.pair(client);
  const ca = host.pki.root.certificate;
  return new Promise((resolve) => {
    let answer = "";
    const options = { host: "127.0.0.1", port: host.guest.port, ca, cert, key, servername };
    const socket = connectTls({ ...options, checkServerIdentity: () => undefined });
    socket.on("secureConnect", () => socket.write("GET /gate HTTP/1.0\r\n\r\n"));
    socket.on("data", (data) => (answer += String(data)));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}
