import { remoteCommand } from "../../../../engine/providers/command/remote.ts";
import { made, testContext } from "./context.ts";
import { Sshd } from "./sshd.ts";

const sshd = new Sshd();
beforeAll(() => sshd.start());
afterAll(() => sshd.remove());

test("runs a command with the resource's input and keeps what it writes", async () => {
  const context = testContext();
  const { outputs } = await made(
    remoteCommand,
    { connection: sshd.connection(), create: "cat; echo there >&2", stdin: "here\n\n" },
    context,
  );
  expect(outputs).toMatchObject({ stdout: "here\n", stderr: "there" });
  expect(context.lines.sort()).toEqual(["", "here", "there"]);
});
