import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { machine } from "../../support/machine";
import { mockPulumi, valueOf } from "../../support/mocks";

mockPulumi({ "command:local:Command": () => ({ stdout: "", stderr: "" }) });

import { OperatorAccess } from "../../../components/clients/operatorAccess";

const state = join(mkdtempSync(join(tmpdir(), "operator-")), "it's my state");
const former = process.env.XDG_STATE_HOME;
beforeAll(() => (process.env.XDG_STATE_HOME = state));
afterAll(() => {
  if (former === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = former;
  rmSync(join(state, ".."), { recursive: true });
});

const folder = join(state, "remote-docker/remote-docker/dev/operator");

/** What ssh itself makes of a command's arguments. */
function settings(command: string): string[] {
  const explained = command.replace(/^ssh /, "ssh -G ");
  return execFileSync("bash", ["-c", explained], { encoding: "utf8", stdio: "pipe" }).split("\n");
}

async function commandFor(ssh: object): Promise<string> {
  const hostKey = pulumi.output("ecdsa-sha2-nistp256 AAAA");
  const reached = { ...machine, ssh: { ...machine.ssh, ...ssh } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "id"), "", { mode: 0o600 });
  const access = new OperatorAccess("operator", { machine: reached, own: "dev", hostKey });
  return valueOf(access.sshCommand);
}

test("the operator's command checks the pinned host key strictly, also at a path with spaces and quotes", async () => {
  expect(settings(await commandFor({}))).toEqual(
    expect.arrayContaining([
      "stricthostkeychecking true",
      `userknownhostsfile ${folder}/known_hosts`,
      "globalknownhostsfile none",
      `identityfile ${folder}/id`,
      "hostkeyalias remote-docker",
      "user provision",
      "hostname 203.0.113.7",
    ]),
  );
});

test("the way through a bastion checks its host key just as strictly", async () => {
  const keyFile = join(folder, "id");
  const bastion = { host: "203.0.113.9", port: 2222, user: "jump", keyFile, hostKey: "ssh-ed25519 AAAA" };
  const all = settings(await commandFor({ bastion }));
  const [, way] = /^proxycommand (.*)$/m.exec(all.join("\n"))!;
  expect(way).toContain(" -W [%h]:%p ");
  expect(settings(way.replace(" -W [%h]:%p", ""))).toEqual(
    expect.arrayContaining([
      "stricthostkeychecking true",
      `userknownhostsfile ${folder}/known_hosts`,
      "globalknownhostsfile none",
      `identityfile ${keyFile}`,
      "hostkeyalias remote-docker-bastion",
      "user jump",
      "port 2222",
      "hostname 203.0.113.9",
    ]),
  );
});
