import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type DockerClient, tools } from "../support/dockerClient";
import { OperatorCommands } from "../support/operatorCommands";
import { Provisioned } from "../support/provisioned";
import { Running, succeeded } from "../support/run";
import { pages, shellBlocks } from "../support/shellBlocks";

jest.setTimeout(300_000);

const cli = join(__dirname, "../../cli");
const blocks = pages.flatMap(shellBlocks);

let host: Provisioned;
let alice: DockerClient;
let operator: OperatorCommands;
let folder: string;

beforeAll(async () => {
  host = await Provisioned.start();
  host.pki.signed("ci", "root", "clientAuth");
  await host.provision({ clients: ["alice", "ci"] });
  alice = host.client("alice");
  await alice.importTools();
  await alice.out("run", "-d", "-p", "8080:80", tools, "sleep", "1000");
  operator = new OperatorCommands(host.guest, {
    ...alice.environment,
    clients: { alice: alice.environment },
  });
  // What a reader has where the commands are typed.
  folder = mkdtempSync(join(tmpdir(), "reader-"));
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY notes.txt /\n");
  writeFileSync(join(folder, "notes.txt"), "notes\n");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "npm"), npm, { mode: 0o755 });
});
afterAll(async () => {
  operator?.remove();
  await host?.stop();
});

/** npm without set-up, which would be this checkout's own: it runs the commands of cli/. */
const npm = `#!/bin/sh
[ "$1" = run ] || exit 64
shift
[ "$1" = -s ] && shift
name=$1
shift
[ "\${1-}" = -- ] && shift
exec '${process.execPath}' '${cli}/'"$name.ts" "$@"
`;

/** Types lines into a shell at a terminal of its own; what stands for something of the reader's is that. */
function typed(lines: string): Running {
  const here = lines.replaceAll(/\bIMAGE\b/g, tools).replaceAll(":2376", `:${host.guest.port}`);
  const child = spawn("script", ["-qec", 'exec bash -ec "$LINES_OF_THE_PAGE"', "/dev/null"], {
    cwd: folder,
    env: {
      ...operator.environment(),
      DOCKER_CONFIG: join(folder, "docker-config"),
      INIT_CWD: folder,
      HOST: "127.0.0.1",
      PATH: `${join(folder, "bin")}:${dirname(alice.binary)}:${process.env.PATH}`,
      LINES_OF_THE_PAGE: here,
    },
  });
  return new Running(child);
}

const kinds = (kind: string) =>
  blocks.filter(({ trial }) => trial.kind === kind).map(({ place, text }) => [place, text]);

test.each(kinds("run"))("the commands at %s succeed", async (_, text) => {
  const running = typed(text);
  // For a shell in a container; nothing else reads.
  running.type("exit\n");
  succeeded(await running.end());
});

test.each(
  kinds("until Ctrl-C").flatMap(([place, text]) =>
    text
      .trim()
      .split("\n")
      .map((line) => [place, line.replace(/\s+#.*/, "")]),
  ),
)("at %s, %s goes on until Ctrl-C", async (_, line) => {
  const running = typed(line);
  // A terminal ends its lines with a carriage return, too.
  await running.prints(/\w[^]*?\n/);
  running.type("\x03");
  expect(await running.end()).toMatchObject({ status: 0 });
});

test("what isn't run is tried elsewhere: the tests that the reasons name are there", () => {
  for (const { trial } of blocks) {
    const [file] = trial.kind === "not run" ? (/test\/\S+\.test\.ts/.exec(trial.why) ?? []) : [];
    if (file !== undefined) expect([file, existsSync(join(__dirname, "../..", file))]).toEqual([file, true]);
  }
});
