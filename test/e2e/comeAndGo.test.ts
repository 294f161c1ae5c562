import { X509Certificate } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DockerClient, tools } from "../support/dockerClient";
import { freePort } from "../support/freePort";
import { extensions, refusal, run as runNow } from "../support/openssl";
import { type Outcome, type Running, succeeded } from "../support/run";
import { TestStack } from "../support/stack";
import { bundleFile, refusalOf, StackClients } from "../support/stackClients";
import { SteadyRequests } from "../support/steadyRequests";
import { Work } from "../support/work";

const minutes = 60_000;
jest.setTimeout(25 * minutes);

const stack = new TestStack();
const requests = new SteadyRequests();
let people: StackClients;
let configuration: Record<string, unknown>;

const alice = { name: "alice" };
const bob = { name: "bob" };
const carol = { name: "carol", csr: "carol.csr" };
const dora = { name: "dora" };

/** `up` with the configuration of before and these changes. */
async function up(changes: Record<string, unknown>): Promise<Outcome> {
  configuration = { ...configuration, ...changes };
  stack.configure(configuration);
  return stack.up();
}

beforeAll(async () => {
  const port = await freePort();
  people = new StackClients(stack, port);
  configuration = { machine: "local", local: { port } };
  await stack.init();
  succeeded(await up({ clients: [alice] }));
  await people.holder("alice").importTools();
});

afterAll(async () => {
  await requests.stop();
  await stack.destroy();
  people.remove();
  stack.remove();
});

describe("clients", () => {
  let work: Work;
  let bobBefore: DockerClient;
  let carolsKey: string;

  beforeAll(async () => {
    work = await Work.begin(people.holder("alice"));
    carolsKey = join(people.files.folder, "carol.key");
    const request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    runNow(
      "openssl",
      ...request,
      "-subj",
      "/CN=carol",
      "-keyout",
      carolsKey,
      "-out",
      join(stack.project, "carol.csr"),
    );
    succeeded(await up({ clients: [alice, bob, carol, dora] }));
  });

  test("come with one up, and the key of one with a request of her own stays hers", async () => {
    expect(readdirSync(people.bundle("carol")).sort()).toEqual(["ca.pem", "cert.pem"]);
    const { bundles } = (await stack.outputs()) as { bundles: Record<string, object> };
    expect(Object.keys(bundles.carol).sort()).toEqual(["ca.pem", "cert.pem"]);
    expect(Object.keys(bundles.bob).sort()).toEqual(["ca.pem", "cert.pem", "key.pem"]);
    copyFileSync(carolsKey, people.bundle("carol", "key.pem"));
    for (const name of ["alice", "bob", "carol", "dora"])
      expect(await refusalOf(people.holder(name))).toBe("");
  });

  test.each(["alice", "bob", "carol", "dora"])(
    "have certificates of the root's for clients alone: %s",
    (name) => {
      const [root, certificate] = [people.bundle(name, "ca.pem"), people.bundle(name, "cert.pem")];
      const verify = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", root];
      expect(refusal(...verify, "-purpose", "sslclient", certificate)).toBe("");
      expect(refusal(...verify, "-purpose", "sslserver", certificate)).toContain(
        "unsuitable certificate purpose",
      );
      expect(extensions(certificate)).toEqual({
        "X509v3 Key Usage": "critical Digital Signature",
        "X509v3 Extended Key Usage": "TLS Web Client Authentication",
        "X509v3 Basic Constraints": "critical CA:FALSE",
        "X509v3 Subject Key Identifier": expect.stringMatching(/^[0-9A-F:]{59}$/),
        "X509v3 Authority Key Identifier": extensions(root)["X509v3 Subject Key Identifier"],
      });
      const { subject } = new X509Certificate(people.certificate(name)).toLegacyObject();
      expect(subject).toMatchObject({ CN: name });
    },
  );

  test("find a server whose certificate is for its names and addresses and for servers alone", async () => {
    const [root, certificate] = [
      people.bundle("alice", "ca.pem"),
      people.files.write(await people.serverCertificate()),
    ];
    const verify = ["verify", "-x509_strict", "-check_ss_sig", "-CAfile", root];
    for (const name of [
      ["-verify_ip", "127.0.0.1"],
      ["-verify_hostname", "localhost"],
    ]) {
      expect(refusal(...verify, "-purpose", "sslserver", ...name, certificate)).toBe("");
    }
    expect(refusal(...verify, "-purpose", "sslclient", certificate)).toContain(
      "unsuitable certificate purpose",
    );
    expect(extensions(certificate)).toMatchObject({
      "X509v3 Key Usage": "critical Digital Signature",
      "X509v3 Extended Key Usage": "TLS Web Server Authentication",
      "X509v3 Subject Alternative Name": "DNS:localhost, IP Address:127.0.0.1",
    });
  });

  describe("one of whom is removed while the server gets another name", () => {
    let bobsEvents: Running;
    let server: string;
    const before: Record<string, string> = {};

    beforeAll(async () => {
      bobBefore = people.holder("bob");
      bobsEvents = bobBefore.start("events", "--since", "1");
      await bobsEvents.printsEventually("import");
      server = await people.serverCertificate();
      for (const name of ["alice", "carol", "dora"]) before[name] = people.certificate(name);
      succeeded(await up({ clients: [alice, carol, dora], serverNames: ["docker.example.com"] }));
    });

    test("lose their connections, their bundle and their right to come in, alone", async () => {
      expect((await bobsEvents.end()).status).not.toBe(0);
      expect(await refusalOf(bobBefore)).not.toBe("");
      expect(existsSync(people.bundle("bob"))).toBe(false);
    });

    test("leave the others' runs, builds and log streams to their own ends", async () => {
      const { run: ran, build, logs, made } = await work.finish();
      expect(ran).toMatchObject({ status: 0, stdout: "before\nafter\n" });
      expect(logs).toMatchObject({ status: 0, stdout: "waiting\ndone\n" });
      expect(build.status).toBe(0);
      expect(made).toBe("finished");
    });

    test("see a new certificate of the server's, with the same key, and keep theirs", async () => {
      const renewed = await people.serverCertificate();
      expect(renewed).not.toBe(server);
      expect(people.publicKey(renewed)).toBe(people.publicKey(server));
      const name = ["-purpose", "sslserver", "-verify_hostname", "docker.example.com"];
      expect(
        refusal("verify", "-CAfile", people.bundle("alice", "ca.pem"), ...name, people.files.write(renewed)),
      ).toBe("");
      for (const [client, certificate] of Object.entries(before))
        expect(people.certificate(client)).toBe(certificate);
    });
  });

  test("come back with a new certificate, and get a new key, each alone", async () => {
    const aliceBefore = people.holder("alice");
    const carols = people.certificate("carol");
    succeeded(await up({ clients: [{ ...alice, generation: 2 }, bob, carol, dora], rotation: { inner: 2 } }));
    for (const former of [bobBefore, aliceBefore]) expect(await refusalOf(former)).not.toBe("");
    expect(people.certificate("carol")).toBe(carols);
    for (const name of ["alice", "bob", "carol", "dora"])
      expect(await refusalOf(people.holder(name))).toBe("");
  });
});

describe("rotating the root", () => {
  const names = ["alice", "bob", "carol", "dora"];
  const clients = [{ ...alice, generation: 2 }, bob, carol, dora];
  const rotation = (root: string, more: object = {}) => ({ clients, rotation: { inner: 2, root, ...more } });
  let former: Record<string, DockerClient>;
  let typing: Running;
  let events: Running;

  beforeAll(async () => {
    former = Object.fromEntries(names.map((name) => [name, people.holder(name)]));
    for (const name of names) requests.ask(name, former[name]);
    events = former.alice.start("events");
    typing = former.bob.start("run", "--rm", "-i", tools, "cat");
    typing.type("before\n");
    await Promise.all([events.printsEventually("container start"), typing.printsEventually("before")]);
    await requests.round();
  });

  afterEach(() => expect(requests.seen).toMatchObject({ failures: [] }));

  test("at once is refused, with what to do", async () => {
    const refused = await up(rotation("2"));
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("1+2");
    await requests.round();
  });

  test("begins with both being trusted, and with the server's key changing under the old one", async () => {
    const key = people.publicKey(await people.serverCertificate());
    succeeded(await up(rotation("1+2", { server: 2 })));
    await requests.round();
    const outputs = await stack.outputs();
    expect(outputs).toMatchObject({ rotationPhase: "moving", notMovedOver: names });
    const server = await people.serverCertificate();
    expect(people.publicKey(server)).not.toBe(key);
    const shown = people.files.write(server);
    for (const root of [bundleFile(former.alice, "ca.pem"), people.bundle("alice", "ca.pem")]) {
      expect(refusal("verify", "-CAfile", root, "-purpose", "sslserver", shown)).toBe("");
    }
    expect(readFileSync(people.bundle("alice", "ca.pem"), "utf8").match(/BEGIN CERTIFICATE/g)).toHaveLength(
      2,
    );
  });

  test("can't end while somebody hasn't moved over, who is named", async () => {
    for (const name of ["alice", "bob", "dora"]) requests.ask(name, people.holder(name));
    await requests.round();
    const refused = await up(rotation("2", { server: 2 }));
    expect(refused.status).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("a certificate of the other one: carol. ");
    await requests.round();
  });

  test("ends without those who are left behind, until they take their new bundle", async () => {
    await requests.leave("carol");
    succeeded(await up(rotation("2", { server: 2, leaveBehind: ["carol"] })));
    await requests.round();
    expect(await stack.outputs()).toMatchObject({ rotationPhase: "none", notMovedOver: [] });
    expect(await refusalOf(former.carol)).not.toBe("");
    for (const name of names) expect(await refusalOf(people.holder(name))).toBe("");
    const [root, server] = [
      people.bundle("carol", "ca.pem"),
      people.files.write(await people.serverCertificate()),
    ];
    expect(readFileSync(root, "utf8").match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    expect(refusal("verify", "-CAfile", root, "-purpose", "sslserver", server)).toBe("");
    expect(refusal("verify", "-CAfile", bundleFile(former.alice, "ca.pem"), server)).not.toBe("");
  });

  test("ends no stream and costs nobody an answer", async () => {
    typing.type("after\n");
    expect(await typing.finish()).toMatchObject({ status: 0, stdout: "before\nafter\n" });
    await events.printsEventually("container destroy");
    await requests.stop();
    expect(requests.seen.failures).toEqual([]);
    expect(requests.seen.answered).toBeGreaterThan(6 * names.length);
  });
});
