import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { Provisioned } from "../support/provisioned";
import { run, Running } from "../support/run";
import { refusalOf } from "../support/stackClients";

jest.setTimeout(300_000);

const crowd = Array.from({ length: 200 }, (_, index) => `crowd-${index}`);

/** As on the local machine, which everybody seems to come to from QEMU's address. */
const wanted = { clients: ["alice", ...crowd], sharedAddress: "10.0.2.2" };

let host: Provisioned;

beforeAll(async () => {
  host = await Provisioned.start();
  for (const name of crowd) host.pki.signed(name, "root", "clientAuth");
  await host.provision(wanted);
});
afterAll(() => host?.stop());

describe("TLS", () => {
  test.each([
    ["1.1", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]],
    ["1.0", ["-tls1", "-cipher", "ALL:@SECLEVEL=0"]],
    ["1.2 with CBC", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"]],
    ["1.2 without forward secrecy", ["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-GCM-SHA384"]],
    ["1.2 with anonymous suites", ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"]],
    ["1.2 without encryption", ["-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"]],
  ])("%s is not spoken", async (_, options) => {
    const said = await openssl(options, request);
    expect(said).not.toContain("HTTP/1.1 200 OK");
    expect(said).toMatch(/Cipher is \(NONE\)|no cipher match|no ciphers available/);
  });

  test.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])(
    "1.3 is, with %s",
    async (suite) => {
      const said = await openssl(["-tls1_3", "-ciphersuites", suite], request);
      expect(said).toContain(`Cipher is ${suite}`);
      expect(said).toContain("HTTP/1.1 200 OK");
    },
  );

  test("a client can't renegotiate", async () => {
    const client = new Running(spawn("openssl", ["s_client", ...connection(), "-tls1_2"]));
    await client.printsEventually("Verify return code");
    client.type("R\n");
    await client.prints(/RENEGOTIATING[^]*(no renegotiation|handshake failure)/);
    await client.finish();
  });

  test("no early data is taken, also not with a saved session", async () => {
    const session = host.pki.file("alice.session");
    await openssl(["-tls1_3", "-sess_out", session], request);
    const early = host.pki.file("early");
    await run(["bash", "-c", `printf '%b' "$1" >"$2"`, "bash", request, early]);
    const said = await openssl(["-tls1_3", "-sess_in", session, "-early_data", early], request);
    expect(said).toContain("Reused, TLSv1.3");
    expect(said).not.toContain("Early data was accepted");
    expect((said.match(/HTTP\/1\.1 200 OK/g) ?? []).length).toBe(1);
  });
});

describe("a thousand connections", () => {
  const attacks: [string, (socket: Socket) => void][] = [
    ["that say nothing", () => undefined],
    ["that send a hello, a byte at a time", aByteAtATime],
    ["that send garbage", (socket) => socket.write(Buffer.alloc(512, "garbage"))],
    [
      "that begin like TLS and go on with garbage",
      (socket) => socket.write(Buffer.alloc(512, "\x16\x03\x01")),
    ],
  ];

  test.each(attacks)("%s keep neither clients nor provisioning out", async (_, attack) => {
    const attackers = Array.from({ length: 1000 }, () => connect(host.guest.port, "127.0.0.1"));
    const connected = attackers.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on("error", () => resolve()).on("close", () => resolve());
          socket.on("connect", () => {
            attack(socket);
            resolve();
          });
        }),
    );
    await Promise.all(connected);
    const [ps, change] = await Promise.all([
      host.client("alice").run(["ps"]),
      host.transaction({ ...wanted, clients: [...wanted.clients, "bob"] }),
    ]);
    attackers.forEach((socket) => socket.destroy());
    expect(ps).toMatchObject({ status: 0 });
    expect(change).toMatchObject({ status: 0 });
    await host.provision(wanted);
  });
});

test("two hundred clients at once are all served", async () => {
  const answers = await Promise.all(crowd.map((name) => host.curl(...host.pki.shown(name).curl)));
  expect(answers.filter(({ status }) => status !== 0)).toEqual([]);
});

test("logins to sshd with passwords, without keys and with foreign keys fail, and the operator's go on", async () => {
  const options =
    "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR".split(" ");
  const key = host.pki.file("foreign");
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
  const attempt = (user: string, ...more: string[]) =>
    run([
      "ssh",
      ...options,
      "-o",
      "BatchMode=yes",
      ...more,
      "-p",
      String(host.guest.port),
      `${user}@127.0.0.1`,
      "id",
    ]);
  for (let round = 0; round < 5; round++) {
    for (const user of ["root", "provision", "nobody"]) {
      for (const more of [
        ["-i", key, "-o", "IdentitiesOnly=yes"],
        ["-o", "PubkeyAuthentication=no"],
      ]) {
        const { status, stderr } = await attempt(user, ...more);
        expect({ status, stderr }).toEqual({
          status: 255,
          stderr: expect.stringContaining("Permission denied (publickey)"),
        });
      }
    }
  }
  expect(await host.asRoot("id -u")).toBe("0");
});

test("plain HTTP has no answer, and a client of Docker's without TLS neither", async () => {
  const url = `http://127.0.0.1:${host.guest.port}/version`;
  const { status, stdout } = await run(["curl", "--silent", "--max-time", "20", url]);
  expect({ status: status === 28 ? "no end" : status !== 0, stdout }).toEqual({ status: true, stdout: "" });
  const plain = host.client("alice");
  plain.environment.DOCKER_TLS_VERIFY = undefined;
  plain.environment.DOCKER_CERT_PATH = undefined;
  expect(await refusalOf(plain)).not.toBe("");
});

const head = "GET /_ping HTTP/1.1\r\nHost: x\r\n";
const request = `${head}Connection: close\r\n\r\n`;

/** A connection of alice's by openssl, and all that was said. */
async function openssl(options: string[], input: string): Promise<string> {
  const command = ["timeout", "60", "openssl", "s_client", "-ign_eof", ...connection(), ...options];
  const { stdout, stderr } = await run(command, { input });
  return stdout + stderr;
}

function connection(): string[] {
  const { guest, pki } = host;
  const to = ["-connect", `127.0.0.1:${guest.port}`, "-CAfile", pki.file("root.pem")];
  return [...to, ...pki.shown("alice").openssl];
}

function aByteAtATime(socket: Socket): void {
  const hello = Buffer.alloc(300, 0);
  hello.set([0x16, 0x03, 0x01, 0x01, 0x27, 0x01]);
  let at = 0;
  const timer = setInterval(() => socket.write(hello.subarray(at, ++at)), 1000);
  socket.on("close", () => clearInterval(timer));
}
