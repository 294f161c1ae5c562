import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { trialServerName } from "../../components/frontDoor/trial";
import { hosts } from "../support/hosts";
import type { LogLine, Provisioned } from "../support/provisioned";
import { SlowLine } from "../support/slowLine";

jest.setTimeout(300_000);

/** Would be another line of the log, with another client in it. */
const hostileName = 'x"}\n{"event":"connection","client":"alice';

/** What OpenSSL says of a certificate; an older HAProxy has the number alone. */
const fault = (name: string, number: number) =>
  expect.stringMatching(new RegExp(`^X509_V_ERR_(${name}|${number})$`)) as string;

let host: Provisioned;
let since: number;

describe.each(hosts)("on $name", ({ start, isAdopted }) => {
  beforeAll(async () => {
    host = await start();
    since = await host.now();
    await host.provision({ clients: ["alice"] });
    host.pki.signed("mallory", "root", "clientAuth");
    host.pki.selfSigned("stranger");
    host.pki.signed("expired", "root", "clientAuth", { issued: "-60d" });
    host.pki.signed("hostile", "stranger", "clientAuth", { commonName: hostileName });
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
      ["with a certificate that has expired", "expired", []],
      ["with a certificate of a stranger's", "hostile", []],
      ["with the server's own certificate", "server", []],
      [
        "with a client's certificate by TLS 1.1",
        "alice",
        ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"],
      ],
      [
        "with a client's certificate by TLS 1.2 without forward secrecy",
        "alice",
        ["--tls-max", "1.2", "--ciphers", "AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256"],
      ],
      [
        "with a client's certificate by TLS 1.2 with a block cipher",
        "alice",
        ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384"],
      ],
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
  });

  test.each([
    ["in two halves, 4 s apart", { bytes: 300, pause: 4000 }],
    ["in single bytes, for 5 s and more", { bytes: 1, pause: 10 }],
  ])("a client whose hello comes %s is answered", async (_, slowness) => {
    const line = await SlowLine.to(host.guest.port, slowness);
    const way = ["--connect-to", `::127.0.0.1:${line.port}`];
    const { stdout } = await host.curl(...host.pki.shown("alice").curl, ...way);
    await line.close();
    expect(JSON.parse(stdout)).toHaveProperty("ApiVersion");
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

    // The sshd of a host that was there before is reached by its own port.
    test.each([
      ["that are SSH's", "SSH-2.0-test\r\n"],
      ["that don't come, as SSH clients may wait for the banner,", ""],
    ])(`%s ${isAdopted ? "end the connection" : "lead to sshd"}`, async (_, bytes) => {
      expect(await talk(bytes, "\n")).toMatch(isAdopted ? /^$/ : /^SSH-2\.0-OpenSSH/);
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
      ["TLS 1.1", "unsupported protocol"],
      ["a block cipher", "no shared cipher"],
      ["bytes that are neither SSH nor TLS", isAdopted ? "not TLS" : "neither SSH nor TLS"],
      ["a certificate on no list", "not on the allow-list"],
    ])("says why a connection was refused: %s", (_, why) => {
      const found = lines.filter(({ reason, detail }) => `${reason} ${detail}`.includes(why));
      const fromOutside = expect.objectContaining({
        event: "refused",
        address: expect.stringMatching(/^10\.0\.2\./),
      });
      expect(found).toContainEqual(fromOutside);
    });

    test.each([
      ["on no list", "mallory", { reason: "not on the allow-list" }],
      ["expired", "expired", { certificate: fault("CERT_HAS_EXPIRED", 10) }],
      ["not for clients", "server", { certificate: fault("INVALID_PURPOSE", 26) }],
      ["self-signed", "stranger", { certificate: fault("DEPTH_ZERO_SELF_SIGNED_CERT", 18) }],
      ["another root's", "hostile", { certificate: fault("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 20) }],
    ])("says whose certificate was refused, and what is wrong with it: %s", (_, who, why) => {
      const { fingerprint } = host.pki.client(who);
      const client = who === "hostile" ? hostileName : who;
      expect(lines).toContainEqual(
        expect.objectContaining({ event: "refused", client, fingerprint, ...why }),
      );
    });

    test("has what a transaction asks for itself, from the machine's own address", () => {
      const own = lines.filter(({ address }) => address === "127.0.0.1");
      expect(own.length).toBeGreaterThan(0);
      for (const { event, detail } of own)
        expect(`${event}: ${detail}`).toMatch(/^refused: .*peer did not return a certificate$/);
    });
  });

  describe("TLS 1.2", () => {
    test("is spoken with who has nothing newer, and the log says so", async () => {
      const from = await host.now();
      const { stdout } = await host.curl(...host.pki.shown("alice").curl, "--tls-max", "1.2");
      expect(JSON.parse(stdout)).toHaveProperty("ApiVersion");
      const line = { event: "connection", client: "alice", tls: "TLSv1.2" };
      expect(await host.log(from)).toContainEqual(expect.objectContaining(line));
    });

    test("isn't given up while a client that stays needs it, unless nobody waits for that client", async () => {
      const { status, stderr } = await host.transaction({ minimumTls: "1.3" });
      expect(status).not.toBe(0);
      expect(stderr).toContain("would be locked out: alice.");
      expect(stderr).toContain("nothing was changed");
      const movers = { clients: [], leaveBehind: ["alice"] };
      expect(await host.provision({ minimumTls: "1.3", movers })).toMatchObject({ frontDoor: "reload" });
      const old = await host.curl(...host.pki.shown("alice").curl, "--tls-max", "1.2");
      expect(old.status).not.toBe(0);
      expect((await host.curl(...host.pki.shown("alice").curl)).status).toBe(0);
      await host.provision({});
    });
  });

  describe("a certificate that is tried", () => {
    test("is let in as its client's, which the log calls a trial and not a connection", async () => {
      const from = await host.now();
      await host.tryCertificate("alice");
      const lines = (await host.log(from)).filter(({ client }) => client === "alice");
      expect(lines).toEqual([expect.objectContaining({ event: "trial", reason: "-" })]);
    });

    test("is refused where it is on no list, and nothing is written for it", async () => {
      await expect(host.tryCertificate("mallory")).rejects.toThrow(
        /^the certificate of mallory is not let in at 127\.0\.0\.1:\d+: .*`npm run audit` has the front door's reason/,
      );
    });

    test("ends by itself when nothing is asked", async () => {
      const { certificate: cert, key } = host.pki.pair("alice");
      const socket = connectTls({
        ...{ host: "127.0.0.1", port: host.guest.port, servername: trialServerName },
        ...{ ca: host.pki.root.certificate, cert, key, checkServerIdentity: () => undefined },
      });
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
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

  describe("a client's limits", () => {
    test("are taken up without a restart", async () => {
      host.pki.signed("bob-2", "root", "clientAuth", { commonName: "bob" });
      const limits = { bob: { connections: 3 }, carol: { connectionsPerMinute: 2 } };
      const clients = ["alice", "bob", "bob-2", "carol"];
      expect(await host.provision({ clients, limits })).toEqual({ frontDoor: "reload", daemon: "none" });
    });

    test("refuse one connection more at once, whichever certificate it comes with, until another ends", async () => {
      const [first, ...others] = [
        await host.connection("bob"),
        await host.connection("bob-2"),
        await host.connection("bob"),
      ];
      await expect(host.connection("bob-2")).rejects.toThrow();
      expect((await host.curl(...host.pki.shown("alice").curl)).status).toBe(0);

      first.destroy();
      await host.logged("bob");
      others.push(await host.connection("bob-2"));
      await expect(host.connection("bob")).rejects.toThrow();
      others.forEach((connection) => connection.destroy());
    });

    test("refuse more new connections in a minute", async () => {
      const answers = [];
      for (let count = 0; count < 3; count++)
        answers.push((await host.curl(...host.pki.shown("carol").curl)).status === 0);
      expect(answers).toEqual([true, true, false]);
      await host.tryCertificate("carol");
      expect((await host.curl(...host.pki.shown("alice").curl)).status).toBe(0);
    });

    test("are named in the log when they refuse somebody", async () => {
      const refused = (await host.log(since)).filter(({ event }) => event === "refused");
      const fingerprints = {
        bob: host.pki.client("bob-2").fingerprint,
        carol: host.pki.client("carol").fingerprint,
      };
      for (const [client, reason] of [
        ["bob", "more than 3 connections at once"],
        ["carol", "more than 2 connections in a minute"],
      ] as const) {
        const line = { client, fingerprint: fingerprints[client], reason };
        expect(refused).toContainEqual(expect.objectContaining(line));
      }
    });
  });

  if (isAdopted) return;

  test("more connections at once than an address may have to sshd are refused, and clients don't notice", async () => {
    const from = await host.now();
    const { answered, end } = await connectionsToSshd();
    expect((await host.curl(...host.pki.shown("alice").curl)).status).toBe(0);
    end();
    expect(answered).toBeLessThanOrEqual(12);
    expect(answered).toBeGreaterThan(0);
    const reason = "too many connections to sshd from this address";
    expect(await host.log(from)).toContainEqual(expect.objectContaining({ event: "refused", reason }));
  });

  describe("an address that everybody seems to come from", () => {
    beforeAll(() => host.provision({ sharedAddress: "10.0.2.2" }));

    test("may have any number of connections to sshd, so that a neighbour's keep nobody from provisioning", async () => {
      const { answered, end } = await connectionsToSshd();
      expect(answered).toBe(20);
      await host.provision({ sharedAddress: "10.0.2.2", clients: ["alice", "bob"] });
      end();
    });

    // From the machine itself: slirp takes its time with connections that say nothing.
    test("may have few that are silent", async () => {
      await host.provision({ sharedAddress: "10.0.2.15" });
      const dial = 'socket.create_connection(("10.0.2.15", 2376))';
      const script = `import socket; all = [${dial} for _ in range(20)]; print(sum(one.recv(4) == b"SSH-" for one in all))`;
      expect(await host.asRoot(`python3 -c '${script}'`)).toBe("12");
    });
  });
});

/** Twenty connections at once; how many sshd has answered. */
async function connectionsToSshd(): Promise<{ answered: number; end: () => void }> {
  const sockets = Array.from({ length: 20 }, () => connect(host.guest.port, "127.0.0.1"));
  const banners = sockets.map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        socket.on("error", () => resolve(false)).on("close", () => resolve(false));
        socket.once("data", () => resolve(true));
        socket.write("SSH-2.0-test\r\n");
      }),
  );
  const answered = (await Promise.all(banners)).filter(Boolean).length;
  return { answered, end: () => sockets.forEach((socket) => socket.destroy()) };
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
