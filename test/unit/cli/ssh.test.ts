import { Machine, type Operator } from "../../../cli/shared/ssh.ts";
import { UserError } from "../../../cli/shared/userError.ts";
import { freePort, Sshd, sshKey } from "../engine/providers/sshd.ts";

const sshd = new Sshd();
beforeAll(() => sshd.start());
afterAll(() => sshd.remove());

const connect = (changes: Partial<Operator> = {}) =>
  Machine.connect({ ...(sshd.connection() as unknown as Operator), ...changes });

test.each(["ed25519", "ecdsa"] as const)(
  "a host with the pinned %s key is believed, whatever others it has",
  async (type) => {
    const machine = await connect({ hostKey: sshd.hostKeys[type].publicKey });
    machine.close();
  },
);

test.each([
  [
    "another key",
    ["ed25519"],
    /the host key is ssh-ed25519 SHA256:\S+, but ssh-ed25519 SHA256:\S+ is the stack's/,
  ],
  [
    "a key of another kind",
    ["ecdsa", "-b", "384"],
    /the host key is of another kind, but ecdsa-sha2-nistp384 SHA256:\S+ is the stack's/,
  ],
] as const)(
  "a host with %s is another machine, and nothing is sent to it",
  async (name, [type, ...size], message) => {
    const other = sshKey(sshd.folder, name.replaceAll(" ", "-"), type, ...size);
    const refusal = connect({ hostKey: other.publicKey });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(/another machine, so nothing was sent to it/);
    await expect(refusal).rejects.toBeInstanceOf(UserError);
  },
);

test("a machine that doesn't know the key says so", async () => {
  const stranger = sshKey(sshd.folder, "stranger");
  await expect(connect({ privateKey: stranger.privateKey })).rejects.toThrow(
    `SSH to ${sshd.user}@127.0.0.1:${sshd.port}: the machine doesn't know the stack's key; run npm run up`,
  );
});

test("a machine that isn't there can't be reached, and the message says where it was looked for", async () => {
  const port = await freePort();
  await expect(connect({ port })).rejects.toThrow(
    new RegExp(`can't be reached by SSH at ${sshd.user}@127.0.0.1:${port}: .*ECONNREFUSED.*npm run up`),
  );
});

test("what was to be run after the connection's end says that it was lost", async () => {
  const machine = await connect();
  machine.close();
  await expect(machine.run("true")).rejects.toThrow("the connection to the machine was lost");
});
