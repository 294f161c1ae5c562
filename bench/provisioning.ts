import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Guest, startGuest } from "../test/support/guest";
import { succeeded } from "../test/support/run";
import { TestStack } from "../test/support/stack";
import { type Ratio, say, seconds, timed } from "./bench";
import { provisionByHand } from "./byHand";

/** Two machines of the same snapshot, one after the other: provisioned by `up`, and by hand. */
export async function provisioning(): Promise<Ratio[]> {
  say("a running machine, provisioned by hand");
  const byHand = await withGuest(async (guest) => (await timed(() => provisionByHand(guest))).seconds);
  say("a running machine, provisioned by up");
  const byUp = await withGuest(provisionByUp);
  return [
    {
      what: "provisioning of a running machine, to by hand",
      value: byUp / byHand,
      limit: 1.5,
      from: `${seconds(byUp)} by up, ${seconds(byHand)} by hand`,
    },
  ];
}

async function withGuest<T>(work: (guest: Guest) => Promise<T>): Promise<T> {
  const guest = await startGuest();
  try {
    return await work(guest);
  } finally {
    await guest.stop();
  }
}

async function provisionByUp({ port, keys }: Guest): Promise<number> {
  const stack = new TestStack();
  try {
    mkdirSync(join(stack.project, "bench"));
    copyFileSync(join(__dirname, "program.ts"), join(stack.project, "bench", "program.ts"));
    writeFileSync(join(stack.project, "index.ts"), 'import "./bench/program";\n');
    await stack.init();
    const operatorKey = keys.operator.private;
    stack.configure({ guest: { port, operatorKey, bootstrapHostKey: keys.bootstrap.public } });
    return (await timed(async () => succeeded(await stack.up()))).seconds;
  } finally {
    stack.remove();
  }
}
