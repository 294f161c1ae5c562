import { connect } from "node:net";
import { type LogLine, Provisioned } from "../support/provisioned";
import { run } from "../support/run";

jest.setTimeout(300_000);

let host: Provisioned;
let since: number;

beforeAll(async () => {
  host = await Provisioned.start();
  since = await host.now();
  await host.provision({ clients: ["alice", "dora"] });
  host.pki.signed("mallory", "root", "clientAuth");
  host.pki.selfSigned("stranger");
});
afterAll(() => host?.stop());

describe("a request to the daemon", () => {
  test("with a client's certificate is answered", async () => {
    const { stdout } = await host.curl(...host.pki.shown("alice").curl);
    expect(JSON.parse(stdout)).toHaveProperty("ApiVersion");
  });

  test.each([
    ["without a certificate", undefined, []],
    ["with a self-signed certificate", "stranger", []],
    ["with a certificate of the root's that is on no list", "mallory", []],
    ["with the server's own certificate", "server", []],
    ["with a client's certificate by TLS 1.2", "alice", ["--tls-max", "1.2"]],
  ])("%s is refused", async (_, who, options) => {
    const shown = who === undefined ? [] : host.pki.shown(who).curl;
    const { status, stdout, stderr } = await host.curl(...shown, ...options);
    expect(stdout).toBe("");
    expect(status).not.toBe(0);
    // Refused by the front door, and not for want of a connection or for a server that wasn't trusted.
    expect(stderr).not.toMatch(
      /Failed to connect|timed out|self-signed certificate|unable to get local issuer/,
    );
  });

  test("with a resumed session is judged by the allow-list again", async () => {
    expect(await resumedSession("alice")).toMatchObject({ resumed: true, answered: true });
    expect(await resumedSession("mallory")).toMatchObject({ answered: false });
  });

  test("of a client that was removed is refused, with its session and without", async () => {
    const session = host.pki.file("dora.session");
    await request("dora", ["-sess_out", session]);
    await host.provision({ clients: ["alice"] });
    expect(answered(await request("dora", ["-sess_in", session]))).toBe(false);
    expect(answered(await request("dora", []))).toBe(false);
    expect(answered(await request("alice", []))).toBe(true);
  });
});

describe("first bytes", () => {
  test.each([
    ["plain HTTP", "GET /version HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["one byte that is neither", "x"],
    ["what only begins like SSH", "SSX-2.0"],
    ["what only begins like TLS", "\x16\x05\x01garbage"],
  ])("that are %s end the connection at once and without a word", async (_, bytes) => {
    expect(await talk(bytes)).toEqual("");
  });

  test("that are SSH's lead to sshd", async () => {
    expect(await talk("SSH-2.0-test\r\n", "\n")).toMatch(/^SSH-2\.0-OpenSSH/);
  });

  test("that don't come lead to sshd, as SSH clients may wait for the banner", async () => {
    expect(await talk("", "\n")).toMatch(/^SSH-2\.0-OpenSSH/);
  });
});

describe("the log", () => {
  let lines: LogLine[];
  beforeAll(async () => {
    lines = await host.log(since);
  });

  test("has name, certificate, address, duration and bytes of a client's connection", () => {
    const line = lines.find(({ event, client }) => event === "connection" && client === "alice");
    expect(line).toMatchObject({ fingerprint: host.pki.client("alice").fingerprint, reason: "-" });
    expect(line?.address).toMatch(/^10\.0\.2\./);
    for (const number of [line?.duration, line?.sent, line?.received]) expect(number).toBeGreaterThan(0);
  });

  test.each([
    ["no certificate", "peer did not return a certificate"],
    ["a certificate that isn't the root's", "certificate verify failed"],
    ["TLS 1.2", "unsupported protocol"],
    ["bytes that are neither SSH nor TLS", "neither SSH nor TLS"],
    ["a certificate on no list", "not on the allow-list"],
  ])("says why a connection was refused: %s", (_, why) => {
    const found = lines.filter(({ reason, detail }) => `${reason} ${detail}`.includes(why));
    const fromOutside = expect.objectContaining({
      event: "refused",
      address: expect.stringMatching(/^10\.0\.2\./),
    });
    expect(found).toContainEqual(fromOutside);
  });

  test("names the client whose certificate is on no list (any more)", () => {
    const names = lines.filter(({ event }) => event === "refused").map(({ client }) => client);
    expect(names).toEqual(expect.arrayContaining(["mallory", "dora"]));
  });
});

test("a plain listener is offered on the machine's own loopback when asked for, and to nobody else", async () => {
  expect(await host.provision({ daemon: { plainListener: true } })).toEqual({
    frontDoor: "reload",
    daemon: "none",
  });
  expect(await host.asRoot("curl -s http://127.0.0.1:2375/_ping")).toBe("OK");
  expect(await host.asRoot("ss -Htln 'sport = :2375' | awk '{print $4}'")).toBe("127.0.0.1:2375");
});

test("more connections at once than an address may have to sshd are refused, and clients don't notice", async () => {
  const sockets = Array.from({ length: 20 }, () => connect(host.guest.port, "127.0.0.1"));
  const banners = sockets.map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        socket.on("error", () => resolve(false)).on("close", () => resolve(false));
        socket.once("data", () => resolve(true));
        socket.write("SSH-2.0-test\r\n");
      }),
  );
  const answers = await Promise.all(banners);
  expect((await host.curl(...host.pki.shown("alice").curl)).status).toBe(0);
  sockets.forEach((socket) => socket.destroy());
  expect(answers.filter(Boolean).length).toBeLessThanOrEqual(12);
  expect(answers.filter(Boolean).length).toBeGreaterThan(0);
});

/** One request of openssl's, which shows whatever certificate it is told to. */
async function request(who: string, options: string[]): Promise<string> {
  const command = [
    "openssl",
    "s_client",
    "-connect",
    `127.0.0.1:${host.guest.port}`,
    "-CAfile",
    host.pki.file("root.pem"),
  ];
  const input = "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const outcome = await run([...command, "-ign_eof", ...host.pki.shown(who).openssl, ...options], { input });
  return outcome.stdout + outcome.stderr;
}

function answered(output: string): boolean {
  return output.includes("HTTP/1.1 200 OK");
}

async function resumedSession(who: string): Promise<{ resumed: boolean; answered: boolean }> {
  const session = host.pki.file(`${who}.session`);
  await request(who, ["-sess_out", session]);
  const output = await request(who, ["-sess_in", session]);
  return { resumed: output.includes("Reused, TLSv1.3"), answered: answered(output) };
}

/** What is said to first bytes, until the other side ends the connection or has said `end`. */
function talk(bytes: string, end?: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(host.guest.port, "127.0.0.1");
    socket.on("connect", () => socket.write(Buffer.from(bytes, "latin1")));
    socket.on("data", (data) => {
      said += data.toString("latin1");
      if (end !== undefined && said.includes(end)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
  });
}
