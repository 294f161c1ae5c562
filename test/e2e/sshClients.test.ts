import { tools } from "../support/dockerClient";
import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { type Running, succeeded } from "../support/run";
import { SshUser } from "../support/sshUser";
import { refusalOf } from "../support/stackClients";
import { Work } from "../support/work";

jest.setTimeout(300_000);

let host: Provisioned;
let since: number;
const users: SshUser[] = [];
const master = ["ControlMaster auto", "ControlPath ~/master", "ControlPersist 10m"];

function user(options?: ConstructorParameters<typeof SshUser>[2]): SshUser {
  const made = new SshUser(host.sshd, host.guest.operator.hostKey, options);
  users.push(made);
  return made;
}

/** Events of volumes from the test's beginning on. */
function volumes({ docker }: SshUser): Running {
  return docker.start("events", "--filter", "type=volume", "--since", String(since));
}

/** Names of the account's files and processes, and the account itself. */
const traces = () =>
  host.asRoot(
    "getent passwd remote-docker; ls -d /var/lib/remote-docker-ssh /etc/ssh/sshd_config.d/20-remote-docker-clients.conf 2>/dev/null; pgrep -u remote-docker; true",
  );

describe.each(hosts)("on $name", ({ start, isAdopted }) => {
  let ana: SshUser;
  let ben: SshUser;

  beforeAll(async () => {
    host = await start();
    since = await host.now();
    await host.provision({});
    ana = user();
    ben = user({ settings: master });
  });
  afterAll(async () => {
    await ben?.ssh(["-O", "exit"]);
    users.splice(0).forEach((one) => one.remove());
    await host?.stop();
  });

  // Before any login fails: sshd takes no connection for a while from where that has happened (PerSourcePenalties).
  test("an account of that name that is somebody else's is left alone, and refuses the change by name", async () => {
    await host.asRoot("useradd --system --comment theirs remote-docker");
    const { status, stderr } = await host.transaction({ sshKeys: { ana: ana.publicKey } });
    expect(status).not.toBe(0);
    expect(stderr).toContain("there is an account remote-docker which isn't this program's");
    expect(await host.asRoot("getent passwd remote-docker")).toContain(":theirs:");
    expect(succeeded(await host.client("alice").run(["version"])).status).toBe(0);
    await host.asRoot("userdel remote-docker");
  });

  test("the first client by SSH comes without a disruption of those who are at work, and works itself", async () => {
    await host.client("alice").importTools();
    const work = await Work.begin(host.client("alice"));
    await host.provision({ sshKeys: { ana: ana.publicKey } });
    expect(await ana.docker.out("version", "--format", "{{.Server.Os}}")).toBe("linux");
    expect(await ana.docker.run(["run", "--rm", "-i", tools, "cat"], { input: "typed\n" })).toMatchObject({
      status: 0,
      stdout: "typed\n",
    });
    const { run, build, logs, made } = await work.finish();
    expect([run.status, build.status, logs.status, made]).toEqual([0, 0, 0, "finished"]);
  });

  test("a client by SSH builds, and what a container prints long after its input's end arrives", async () => {
    const context = ana.docker.buildContext("context-ssh", `FROM ${tools}\nRUN echo made > /made\n`);
    await ana.docker.out("build", "-q", "-t", "by-ssh", context);
    expect(await ana.docker.out("run", "--rm", "by-ssh", "cat", "/made")).toBe("made");
    const late = ["run", "--rm", "-i", tools, "sh", "-c", "cat; sleep 2; echo late"];
    expect(await ana.docker.run(late, { input: "early\n" })).toMatchObject({ stdout: "early\nlate\n" });
  });

  test("another one comes while streams go on, without a new process of the front door", async () => {
    const stream = volumes(ana);
    await ana.docker.out("volume", "create", "before");
    await stream.printsEventually("volume create before");
    const keys = { ana: ana.publicKey, ben: ben.publicKey };
    expect(await host.provision({ sshKeys: keys })).toEqual({ frontDoor: "update", daemon: "none" });
    await ben.docker.out("volume", "create", "after");
    await stream.printsEventually("volume create after");
    await stream.interrupt();
  });

  test.each([
    ["a shell", [], []],
    ["a terminal", ["-tt"], []],
    ["another command", [], ["id"]],
    ["a way to a port of the machine", ["-W", "127.0.0.1:22"], []],
  ])("whoever has such a key gets no %s", async (_, options, command) => {
    const { stdout } = await ana.ssh(options, command);
    expect(stdout).not.toMatch(/uid=|SSH-2|[$#] $/);
  });

  test("no port is forwarded, neither here nor there", async () => {
    const { status } = await ana.ssh(["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:9"]);
    expect(status).not.toBe(0);
  });

  test("the log has each connection with the client's name, its key's fingerprint and that it came by SSH", async () => {
    await host.logged("ana");
    const lines = (await host.log(since)).filter(({ client }) => client === "ana");
    expect(lines[0]).toMatchObject({ event: "connection", by: "ssh", reason: "-" });
    expect(lines[0].fingerprint).toMatch(/^[0-9a-f]{64}$/);
    if (isAdopted) return;
    const passedOn = (await host.log(since))
      .filter(({ event }) => event === "ssh")
      .map((line) => line.passedOn);
    expect(passedOn).toContain(String(lines[0].port));
  });

  test("a client's limits hold by SSH as well", async () => {
    const keys = { ana: ana.publicKey, ben: ben.publicKey };
    await host.provision({ sshKeys: keys, limits: { ana: { connectionsPerMinute: 1 } } });
    const answers = [await ana.docker.run(["version"]), await ana.docker.run(["version"])];
    expect(answers.map(({ status }) => status)).toContain(1);
    expect(answers.map(({ stderr }) => stderr).join("")).toContain("has too many");
    expect(await refusalOf(ben.docker)).toBe("");
  });

  describe("a client that is removed is out at once, with every stream and the connection behind them", () => {
    test("while others' streams go on", async () => {
      await host.provision({ sshKeys: { ana: ana.publicKey, ben: ben.publicKey } });
      const [anas, bens] = [ana, ben].map(volumes);
      await host.client("alice").out("volume", "create", "seen");
      await Promise.all([anas, bens].map((stream) => stream.printsEventually("volume create seen")));
      expect(await ben.ssh(["-O", "check"])).toMatchObject({ status: 0 });

      await host.provision({ sshKeys: { ana: ana.publicKey } });
      expect((await bens.end()).status).not.toBe(0);
      expect(await ben.ssh(["-O", "check"])).not.toMatchObject({ status: 0 });
      expect(await refusalOf(ben.docker)).toContain("Permission denied");
      await host.client("alice").out("volume", "rm", "seen");
      await anas.printsEventually("volume destroy seen");
      await anas.interrupt();
    });

    test("also while dockerd hangs, and when what came with it fails", async () => {
      await host.provision({ sshKeys: { ana: ana.publicKey, ben: ben.publicKey } });
      const bens = volumes(ben);
      await host.client("alice").out("volume", "create", "there");
      await bens.printsEventually("volume create there");
      await host.asRoot("pkill -STOP -x dockerd");
      const ended = host.transaction({ sshKeys: { ana: ana.publicKey }, daemon: { liveRestore: false } });
      expect((await bens.end()).status).not.toBe(0);
      await ended;
      expect(await ben.ssh(["-O", "check"])).not.toMatchObject({ status: 0 });
      expect(await host.admitted()).toEqual(["alice", "ana"]);
      await host.asRoot("pkill -CONT -x dockerd || true");
      await host.provision({ sshKeys: { ana: ana.publicKey } });
      expect(await refusalOf(ben.docker)).toContain("Permission denied");
    });
  });

  test("whom the front door has struck off is refused by name although sshd lets the key in", async () => {
    const moment = await host.now();
    const list = "/etc/remote-docker/current/frontDoor/allow-list.map";
    const fingerprint = await host.asRoot(`sed -n 's/ ana:.*//p' ${list}`);
    await host.asRoot(`echo '@1 del map ${list} ${fingerprint}' | socat - UNIX-CONNECT:${host.masterSocket}`);
    expect(await refusalOf(ana.docker)).toContain("the front door ended the connection");
    const refused = { event: "refused", by: "ssh", fingerprint, reason: "not on the allow-list" };
    expect(await host.log(moment)).toContainEqual(expect.objectContaining(refused));
  });

  test.each([
    ["ECDSA", ["-t", "ecdsa", "-b", "384"]],
    ["RSA", ["-t", "rsa", "-b", "3072"]],
  ])("a key of %s is a client's as well", async (_, type) => {
    const other = user({ type });
    await host.provision({ sshKeys: { ana: ana.publicKey, other: other.publicKey } });
    expect(await refusalOf(other.docker)).toBe("");
  });

  test("with the last such client, account, keys and sshd's settings go, and nobody notices", async () => {
    const stream = host.client("alice").start("events", "--since", String(since));
    await host.provision({});
    expect(await traces()).toBe("");
    expect(await refusalOf(ana.docker)).toContain("Permission denied");
    await host.client("alice").out("volume", "create", "last");
    await stream.printsEventually("volume create last");
    await stream.interrupt();
  });
});
