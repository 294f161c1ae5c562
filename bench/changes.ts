import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/support/freePort";
import { run, succeeded } from "../test/support/run";
import { TestStack } from "../test/support/stack";
import { type Ratio, say, seconds, timed } from "./bench";

const rounds = 3;

/** The whole program with a machine of its own: SSH sessions of a change and of none, and how fast none is. */
export async function changes(): Promise<Ratio[]> {
  const stack = new TestStack();
  const empty = emptyStack();
  try {
    const local = { port: await freePort() };
    const clients = [{ name: "me" }];
    say("the whole program with its machine, from nothing");
    await stack.init();
    stack.configure({ machine: "local", local, clients });
    succeeded(await stack.up());
    const { sshCommand } = (await stack.outputs()) as { sshCommand: string };
    const sessionsOf = async (work: () => Promise<unknown>) => {
      const before = await sessions(stack, sshCommand);
      await work();
      return (await sessions(stack, sshCommand)) - before - 1; // the second look is a session itself
    };

    say("a daemon option changed, a client added");
    stack.configure({ machine: "local", local, clients, daemon: { labels: ["bench=1"] } });
    const forOption = await sessionsOf(async () => succeeded(await stack.up()));
    const more = [...clients, { name: "other" }];
    stack.configure({ machine: "local", local, clients: more, daemon: { labels: ["bench=1"] } });
    const forClient = await sessionsOf(async () => succeeded(await stack.up()));

    say(`an unchanged up and an empty program, ${rounds} times each`);
    await empty.init();
    succeeded(await empty.up());
    const unchanged: number[] = [];
    const nothing: number[] = [];
    const forNone = await sessionsOf(async () => {
      for (let round = 0; round < rounds; round++) {
        unchanged.push((await timed(async () => succeeded(await stack.up("--expect-no-changes")))).seconds);
        nothing.push((await timed(async () => succeeded(await empty.up()))).seconds);
      }
    });
    const [one, other] = [Math.min(...unchanged), Math.min(...nothing)];
    return [
      { what: "SSH sessions of a changed daemon option", value: forOption, limit: 1, from: "sshd's log" },
      { what: "SSH sessions of an added client", value: forClient, limit: 1, from: "sshd's log" },
      { what: "SSH sessions of an unchanged up", value: forNone, limit: 0, from: "sshd's log" },
      {
        what: "unchanged up, to an empty program",
        value: one / other,
        limit: 2,
        from: `${seconds(one)} and ${seconds(other)}, the best of ${rounds}`,
      },
    ];
  } finally {
    await stack.destroy();
    for (const each of [stack, empty]) each.remove();
  }
}

function emptyStack(): TestStack {
  const stack = new TestStack();
  writeFileSync(join(stack.project, "index.ts"), "export {};\n");
  return stack;
}

/** How many SSH sessions the machine has seen, this look included. */
async function sessions(stack: TestStack, sshCommand: string): Promise<number> {
  // Anchored: what sudo logs of this very command is in the same unit, and holds the words as well.
  const look = "sudo -n journalctl --quiet --unit=ssh --grep='^Accepted publickey' | wc -l";
  const command = `${sshCommand} -o BatchMode=yes "${look}"`;
  return Number(succeeded(await run(["bash", "-c", command], { env: stack.environment })).stdout);
}
