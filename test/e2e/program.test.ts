import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerClient, type DockerEnvironment, tools } from "../support/dockerClient";
import { virtualMachinesNaming } from "../support/processes";
import { linesOf, privateKeysIn, privateKeysOf, ProcessWatch } from "../support/secrets";
import { freePort } from "../support/freePort";
import { type Outcome, run, succeeded } from "../support/run";
import { TestStack } from "../support/stack";

const minutes = 60_000;
jest.setTimeout(10 * minutes);

const stack = new TestStack({ typesChecked: true });
let port: number;
let first: Outcome;
let processes: string;
let outputs: Record<string, unknown>;
let docker: DockerClient;

const configuration = (changes: object = {}) => ({
  machine: "local",
  local: { port },
  clients: [{ name: "alice" }],
  daemon: { dns: ["192.0.2.53"] },
  ...changes,
});

beforeAll(async () => {
  port = await freePort();
  await stack.init();
  stack.configure(configuration());
  const watch = new ProcessWatch();
  first = succeeded(await stack.up());
  processes = watch.stop();
  outputs = await stack.outputs();
  docker = new DockerClient(outputs as unknown as DockerEnvironment);
  await docker.importTools();
});

/** Where on the machine a line of a key is found, searched for by `as` in files or in its input. */
async function searchMachine(
  as: string,
  keys: string[],
  where = "-r /etc /home /run /tmp /var",
): Promise<string> {
  const command = `cat >/dev/shm/lines; chmod 644 /dev/shm/lines; ${as} grep -slF -f /dev/shm/lines ${where}; rm /dev/shm/lines`;
  return (await stack.machine(command, `${linesOf(keys).join("\n")}\n`)).stdout.trim();
}

afterAll(async () => {
  docker?.remove();
  await stack.destroy();
  stack.remove();
});

describe("after the first up", () => {
  test("the outputs are what a shell and a colleague need", () => {
    const folder = join(stack.home, ".docker/remote", stack.name, "alice");
    const environment = {
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
      DOCKER_CERT_PATH: folder,
      DOCKER_TLS_VERIFY: "1",
    };
    expect(outputs).toMatchObject({ ...environment, clients: { alice: environment }, rotationPhase: "none" });
    const clients = outputs.clients as Record<string, { expires: string }>;
    for (const date of [
      clients.alice.expires,
      outputs.serverCertificateExpires,
      outputs.rootExpires,
    ] as string[]) {
      expect(Date.parse(date)).toBeGreaterThan(Date.now());
    }
  });

  test("`stack output --shell` sets up a shell in which docker works", async () => {
    const { stdout } = succeeded(
      await stack.pulumi("stack", "output", "--shell", "--show-secrets", "--stack", stack.name),
    );
    const script = `set -a; eval "$(cat)"; set +a; '${docker.binary}' version --format '{{.Server.Version}}'`;
    const environment = { PATH: process.env.PATH, HOME: stack.home };
    const version = succeeded(await run(["bash", "-c", script], { input: stdout, env: environment }));
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("the client bundle holds ca.pem, cert.pem and key.pem, and only its owner can read the key", () => {
    const folder = outputs.DOCKER_CERT_PATH as string;
    const mode = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);
    expect(readdirSync(folder).sort()).toEqual(["ca.pem", "cert.pem", "key.pem"]);
    expect([".", "ca.pem", "cert.pem", "key.pem"].map(mode)).toEqual(["700", "444", "444", "400"]);
  });

  test("another up changes nothing, and says so", async () => {
    const again = succeeded(await stack.up("--expect-no-changes"));
    expect(again.stdout).toContain("unchanged");
  });

  test("the operator's command opens a shell on the machine", async () => {
    expect(succeeded(await stack.machine("sudo -n id -u")).stdout).toBe("0\n");
  });

  test("nothing but the front door listens on an address of the machine's network", async () => {
    const { stdout } = succeeded(await stack.machine("sudo -n ss -Htulpn"));
    const open = stdout
      .split("\n")
      .filter((line) => line !== "" && !/\s(127\.[\d.]+|\[::1\])(%\w+)?:\d+\s/.test(line))
      .filter((line) => !/:68\s/.test(line) || !line.startsWith("udp"));
    expect(open.every((line) => /:2376\s/.test(line) && line.includes("haproxy"))).toBe(true);
  });
});

describe("private keys", () => {
  let keys: string[];

  beforeAll(async () => {
    keys = privateKeysOf(await stack.pulumi("stack", "export", "--show-secrets", "--stack", stack.name));
    expect(keys.length).toBeGreaterThan(5);
  });

  test("none is in what Pulumi printed, in the arguments or environment of a process, or in the state's plain text", () => {
    expect(privateKeysIn(first.stdout + first.stderr, keys)).toEqual([]);
    expect(privateKeysIn(processes, keys)).toEqual([]);
    expect(processes).toContain("disk.sh");
    expect(privateKeysIn(stack.state(), keys)).toEqual([]);
  });

  test("none is in a file that others can read, on this computer or on the machine", async () => {
    const { stdout } = await run(["find", stack.folder, "-type", "f", "-perm", "/044"]);
    const readable = stdout.trim().split("\n");
    expect(readable.length).toBeGreaterThan(3);
    for (const file of readable) expect(privateKeysIn(readFileSync(file, "latin1"), keys)).toEqual([]);
    expect(await searchMachine("sudo -n -u nobody", keys)).toBe("");
  });

  test("none is in the machine's journal", async () => {
    expect(await searchMachine("sudo -n journalctl --no-pager --all | sudo -n", keys, "-")).toBe("");
  });

  test("the search finds a key that was planted", async () => {
    const planted = readFileSync(join(outputs.DOCKER_CERT_PATH as string, "key.pem"), "utf8");
    expect(privateKeysIn(`a log line\n${planted}`, keys)).toHaveLength(1);
    expect(privateKeysIn(JSON.stringify({ nested: JSON.stringify(planted) }), keys)).toHaveLength(1);
    succeeded(await stack.machine("tee /tmp/planted >/dev/null", planted));
    expect(await searchMachine("sudo -n -u nobody", keys)).toContain("/tmp/planted");
    succeeded(await stack.machine("logger --file /tmp/planted; rm /tmp/planted; sudo -n journalctl --sync"));
    expect(await searchMachine("sudo -n journalctl --no-pager --all | sudo -n", keys, "-")).not.toBe("");
  });
});

describe("the ordinary docker client", () => {
  test("run hands back the command's exit code", async () => {
    expect((await docker.run(["run", "--rm", tools, "sh", "-c", "exit 42"])).status).toBe(42);
  });

  test("run -i carries piped input there and back", async () => {
    const input = "line\n".repeat(10_000);
    const { stdout } = succeeded(await docker.run(["run", "--rm", "-i", tools, "cat"], { input }));
    expect(stdout).toBe(input);
  });

  test("run -it works under a real terminal, which the container sees", async () => {
    const command = `'${docker.binary}' run --rm -it ${tools} sh -c 'stty size && echo on $(stty -a >/dev/null && echo terminal)'`;
    const { stdout } = succeeded(
      await run(["script", "-qec", `stty rows 33 cols 77; ${command}`, "/dev/null"], {
        env: docker.environment,
      }),
    );
    expect(stdout).toContain("33 77");
    expect(stdout).toContain("on terminal");
  });

  test.each([
    ["classic", "0"],
    ["BuildKit", "1"],
  ])("%s build makes an image that runs", async (kind, buildKit) => {
    const context = docker.buildContext(
      `context-${kind}`,
      `FROM ${tools}\nRUN echo built by ${kind} > /made\nCMD ["cat", "/made"]\n`,
    );
    const tag = `built-${kind.toLowerCase()}`;
    succeeded(await docker.run(["build", "-t", tag, context], { env: { DOCKER_BUILDKIT: buildKit } }));
    expect(await docker.out("run", "--rm", tag)).toBe(`built by ${kind}`);
  });

  test("logs -f, exec, cp and events see a running container until it ends", async () => {
    const since = await docker.out("info", "--format", "{{.SystemTime}}");
    await docker.out(
      "run",
      "-d",
      "--name",
      "job",
      tools,
      "sh",
      "-c",
      "echo begun; while [ ! -e /stop ]; do sleep 0.2; done; echo ended",
    );
    const logs = docker.start("logs", "-f", "job");
    await logs.printsEventually("begun");
    const scratch = mkdtempSync(join(tmpdir(), "cp-"));
    writeFileSync(join(scratch, "there"), "and back\n");
    await docker.out("cp", join(scratch, "there"), "job:/there");
    expect(await docker.out("exec", "job", "cat", "/there")).toBe("and back");
    await docker.out("cp", "job:/there", join(scratch, "back"));
    expect(readFileSync(join(scratch, "back"), "utf8")).toBe("and back\n");
    rmSync(scratch, { recursive: true });
    await docker.out("exec", "job", "touch", "/stop");
    expect((await logs.end()).stdout).toBe("begun\nended\n");
    await docker.out("wait", "job");
    const until = await docker.out("info", "--format", "{{.SystemTime}}");
    const events = await docker.out(
      "events",
      "--since",
      since,
      "--until",
      until,
      "--filter",
      "container=job",
      "--format",
      "{{.Action}}",
    );
    expect(events.split("\n")).toEqual(expect.arrayContaining(["create", "start", "die"]));
    await docker.out("rm", "job");
  });

  test.each([["bridge"], ["made-by-a-user"]])(
    "a port that is published on the network %s is bound to the machine's own 127.0.0.1, and dns is as configured",
    async (network) => {
      if (network !== "bridge") await docker.out("network", "create", network);
      const published = ["--network", network, "-p", "8080:80"];
      await docker.out("run", "-d", "--name", "web", ...published, tools, "httpd", "-f", "-p", "80");
      expect(await docker.out("port", "web")).toBe("80/tcp -> 127.0.0.1:8080");
      const { stdout } = succeeded(await stack.machine("sudo -n ss -Htln sport = :8080"));
      expect(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.split(/ +/)[3]),
      ).toEqual(["127.0.0.1:8080"]);
      expect(await docker.out("exec", "web", "cat", "/etc/resolv.conf")).toMatch(
        network === "bridge" ? /nameserver 192\.0\.2\.53/ : /ExtServers: \[192\.0\.2\.53\]/,
      );
      await docker.out("rm", "-f", "web");
    },
  );
});

describe("changes", () => {
  test("a daemon option changes by one up, and its preview says that it is an update", async () => {
    stack.configure(configuration({ daemon: { dns: ["192.0.2.54"], labels: ["team=build"] } }));
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toMatch(/~.*docker-host-transaction/);
    succeeded(await stack.up());
    expect(await docker.out("info", "--format", "{{.Labels}}")).toContain("team=build");
    expect(await docker.out("run", "--rm", tools, "cat", "/etc/resolv.conf")).toContain(
      "nameserver 192.0.2.54",
    );
  });

  test("a configuration that dockerd rejects leaves the old daemon running, and the error shows why", async () => {
    stack.configure(configuration({ daemonExtra: { "storage-driver": "no-such-driver" } }));
    const rejected = await stack.up();
    expect(rejected.status).not.toBe(0);
    expect(rejected.stdout + rejected.stderr).toContain("no-such-driver");
    expect(await docker.out("run", "--rm", tools, "echo", "still here")).toBe("still here");
    stack.configure(configuration());
    succeeded(await stack.up());
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("an impossible configuration is refused by name before anything changes", async () => {
    const before = stack.state();
    stack.configure(configuration({ cleints: [], daemon: { logDriver: "paper" } }));
    const refused = await stack.up();
    stack.configure(configuration());
    expect(refused.status).not.toBe(0);
    const text = refused.stdout + refused.stderr;
    expect(text).toContain("remote-docker:cleints: there is no such key");
    expect(text).toContain('remote-docker:daemon.logDriver: "paper" is not');
    expect(text).not.toMatch(/at .*\.ts:\d+/);
    expect(JSON.parse(stack.state()).checkpoint.latest.resources).toEqual(
      JSON.parse(before).checkpoint.latest.resources,
    );
  });

  test.each([
    ["doesn't run", "systemctl stop docker.socket docker.service"],
    ["hangs", "pkill -STOP -x dockerd"],
  ])("a daemon that %s is noticed by an up without changes, which brings it back", async (_, command) => {
    succeeded(await stack.machine(`sudo -n ${command}`));
    succeeded(await stack.up());
    expect(await docker.out("run", "--rm", tools, "echo", "back")).toBe("back");
    // The one after it looks once more whether all is well.
    succeeded(await stack.up());
    succeeded(await stack.up("--expect-no-changes"));
  });

  test("after this computer restarted, up brings the machine back with its disk", async () => {
    const [machine, ...others] = virtualMachinesNaming(`${stack.name}`, stack.home);
    expect(others).toEqual([]);
    process.kill(machine.pid, "SIGKILL");
    succeeded(await stack.up());
    expect(await docker.out("image", "ls", "--format", "{{.Repository}}")).toContain("tools");
    succeeded(await stack.up("--expect-no-changes"));
  });
});

describe("after destroy", () => {
  beforeAll(async () => void succeeded(await stack.destroy()));

  test("no process, no bundle and no state of the machine is left", () => {
    expect(virtualMachinesNaming(stack.name, stack.home)).toEqual([]);
    expect(existsSync(join(stack.home, ".docker/remote", stack.name))).toBe(false);
    expect(existsSync(join(stack.home, ".local/state/remote-docker/remote-docker", stack.name))).toBe(false);
  });

  test("the stack holds no resource", () => {
    expect(JSON.parse(stack.state()).checkpoint.latest.resources ?? []).toEqual([]);
  });
});
