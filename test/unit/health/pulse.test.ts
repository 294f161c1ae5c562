import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { readFileSync } from "node:fs";
import { createServer, type TLSSocket } from "node:tls";
import * as pulumi from "@pulumi/pulumi";
import { pulse } from "../../../components/health/pulse";
import { mockPulumi, valueOf } from "../../support/mocks";
import { Pki } from "../../support/pki";

mockPulumi({});

const pki = new Pki();
pki.signed("health", "root", "clientAuth");
let server: Server;

afterEach(() => new Promise((resolve) => server.close(resolve)));
afterAll(() => pki.remove());

/** What is said of a front door that deals like this with whom it has admitted. */
async function saidOf(deals: (socket: TLSSocket) => void): Promise<string> {
  const { certificate: cert, key } = pki.pair("server");
  const sockets: TLSSocket[] = [];
  server = createServer({ cert, key, ca: pki.root.certificate, requestCert: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    deals(socket);
  });
  const said = await asked(server);
  sockets.forEach((socket) => socket.destroy());
  return said;
}

async function asked(listener: Server): Promise<string> {
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const client = {
    certificate: pulumi.output(readFileSync(pki.file("health.pem"), "utf8")),
    key: pulumi.secret(readFileSync(pki.file("health.key"), "utf8")),
  };
  return valueOf(pulse({ address: "127.0.0.1", port, root: pki.root.certificate, client, patience: 500 }));
}

test("a daemon that answers is well", async () => {
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
  expect(await saidOf((socket) => socket.once("data", () => socket.write(answer)))).toBe("");
});

test("a daemon that doesn't answer those who were admitted is complained of, each time in other words", async () => {
  const said = await saidOf((socket) => socket.resume());
  expect(said).toMatch(/^The daemon did not answer at \d{4}-\S+Z\.$/);
});

test("a front door that doesn't admit the certificate says nothing of the daemon", async () => {
  expect(await saidOf((socket) => socket.destroy())).toBe("");
});

test("a machine without a front door of ours says nothing of the daemon", async () => {
  server = createTcpServer((socket) => socket.destroy());
  expect(await asked(server)).toBe("");
});
