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

test("the operator's command checks the pinned host key strictly, also at a path with spaces and quotes", async () => {
  const access = new OperatorAccess("operator", {
    machine,
    own: "dev",
    hostKey: pulumi.output("ecdsa-sha2-nistp256 AAAA"),
  });
  const command = await valueOf(access.sshCommand);
  const folder = join(state, "remote-docker/remote-docker/dev/operator");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "id"), "", { mode: 0o400 });
  // ssh itself says what it makes of its arguments.
  const text = execFileSync("bash", ["-c", command.replace(/^ssh /, "ssh -G ")], { encoding: "utf8" });
  const settings = text.split("\n");
  expect(settings).toEqual(
    expect.arrayContaining([
      "stricthostkeychecking true",
      `userknownhostsfile ${folder}/known_hosts`,
      `identityfile ${folder}/id`,
      "hostkeyalias remote-docker",
      "user provision",
      "hostname 203.0.113.7",
    ]),
  );
});
