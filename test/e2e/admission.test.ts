import { frontDoorFiles } from "../../components/frontDoor/haproxy";
import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { run, type Running } from "../support/run";

jest.setTimeout(300_000);

const crowd = Array.from({ length: 50 }, (_, index) => `crowd-${index}`);

let host: Provisioned;

describe.each(hosts)("on $name", ({ start }) => {
  beforeAll(async () => {
    host = await start();
    const { pki } = host;
    pki.signed("serving", "root", "serverAuth");
    pki.selfSigned("other-root");
    pki.signed("other", "other-root", "clientAuth");
    pki.signed("expired", "root", "clientAuth", { issued: "-60d" });
    pki.signed("early", "root", "clientAuth", { issued: "+2d" });
    for (const name of ["rsa", "unlisted-rsa"]) pki.signed(name, "root", "clientAuth", { key: "rsa:2048" });
    for (const name of ["ed25519", "unlisted-ed25519"])
      pki.signed(name, "root", "clientAuth", { key: "ed25519" });
    const refused = ["serving", "server", "other", "inner-client", "expired", "early"];
    const clients = ["alice", "dora", "rsa", "ed25519", ...refused];
    await host.provision({ clients, validLater: ["early"] });
  });
  afterAll(() => host?.stop());

  describe("a certificate that is on the allow-list", () => {
    test.each([
      ["is for servers", "serving", "unsupported certificate"],
      ["is the server's own", "server", "unsupported certificate"],
      ["is another root's", "other", "unknown ca"],
      ["is the front door's own for dockerd", "inner-client", "unknown ca"],
      ["has expired", "expired", "certificate expired"],
      ["is not valid yet", "early", "bad certificate"],
    ])("but %s is refused", async (_, who, alert) => {
      expect(await request(who)).toMatchObject({ answered: false });
      // Sending nothing: what is under way when the front door hangs up would cost the alert.
      expect((await openssl(who, [], "")).toLowerCase()).toContain(`alert ${alert}`);
    });

    test.each(["rsa", "ed25519"])(
      "and has another type of key (%s) than the authority's is admitted",
      async (who) => {
        expect(await request(who)).toMatchObject({ answered: true });
        expect(await host.client(who).out("version", "--format", "{{.Server.Version}}")).toMatch(/^2\d\.\d/);
      },
    );
  });

  test.each(["rsa", "ed25519"])(
    "a certificate of the root's with a key of type %s that is on no list is refused",
    async (type) => {
      expect(await request(`unlisted-${type}`)).toEqual({ resumed: false, answered: false });
    },
  );

  describe("a client that is removed", () => {
    test.each(["-tls1_2", "-tls1_3"])(
      "is refused by name, with a saved TLS session and without, by %s",
      async (version) => {
        await host.provision({ clients: ["alice", "dora"] });
        const session = host.pki.file(`dora${version}.session`);
        const again = [version, "-sess_in", session];
        await request("dora", [version, "-sess_out", session]);
        expect(await request("dora", again)).toEqual({ resumed: true, answered: true });

        await strikeOff("dora");
        expect(await request("dora", again)).toEqual({ resumed: true, answered: false });

        await host.provision({ clients: ["alice"] });
        const since = await host.now();
        expect(await request("dora", again)).toMatchObject({ answered: false });
        expect(await request("dora")).toMatchObject({ answered: false });
        expect(await request("alice")).toMatchObject({ answered: true });

        const { fingerprint } = host.pki.client("dora");
        const refused = { event: "refused", client: "dora", fingerprint, reason: "not on the allow-list" };
        expect(await host.log(since)).toContainEqual(expect.objectContaining(refused));
      },
    );
  });

  test("fifty clients come with one transaction, are served at once, and go with another while others stay", async () => {
    const since = await host.now();
    expect(await host.provision({ clients: ["alice", ...crowd] })).toEqual({
      frontDoor: "update",
      daemon: "none",
    });
    const watching = (name: string) => host.client(name).start("events", "--since", String(since));
    const alice = watching("alice");
    const everybody = crowd.map(watching);
    await host.client("alice").out("volume", "create", "seen-by-all");
    const seen = (stream: Running) => stream.printsEventually("volume create seen-by-all");
    await Promise.all([alice, ...everybody].map(seen));
    expect([alice, ...everybody].filter((stream) => stream.alive)).toHaveLength(crowd.length + 1);

    await host.provision({ clients: ["alice"] });
    for (const { status } of await Promise.all(everybody.map((stream) => stream.end())))
      expect(status).not.toBe(0);
    await host.client("alice").out("volume", "rm", "seen-by-all");
    await alice.printsEventually("volume destroy seen-by-all");

    const connections = (await host.log(since)).filter(({ event }) => event === "connection");
    expect(connections.map(({ client }) => client)).toEqual(expect.arrayContaining(crowd));
  });
});

/** Takes a client off the running front door's list, which leaves TLS sessions as they are. */
async function strikeOff(name: string): Promise<void> {
  const list = `/etc/remote-docker/current/frontDoor/${frontDoorFiles.allowList}`;
  const command = `@1 del map ${list} ${host.pki.client(name).fingerprint}`;
  await host.asRoot(`echo '${command}' | socat - UNIX-CONNECT:${host.masterSocket}`);
}

/** One request of openssl's, which shows whatever certificate it is told to. */
async function request(
  who: string,
  options: string[] = [],
): Promise<{ resumed: boolean; answered: boolean }> {
  const said = await openssl(who, options, "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return { resumed: /^Reused, TLSv1\.[23]/m.test(said), answered: said.includes("HTTP/1.1 200 OK") };
}

/** A connection of openssl's until the front door ends it; all that was said. */
async function openssl(who: string, options: string[], input: string): Promise<string> {
  const { guest, pki } = host;
  const connection = ["-connect", `127.0.0.1:${guest.port}`, "-CAfile", pki.file("root.pem"), "-ign_eof"];
  const command = ["openssl", "s_client", ...connection, ...pki.shown(who).openssl, ...options];
  const { stdout, stderr } = await run(command, { input });
  return stdout + stderr;
}
