// npm run forward -- PORT | LOCAL:PORT | --all: published ports of the daemon's machine at this computer's localhost.
import { readArguments } from "./forward/arguments.ts";
import { type ForwardEvent, Forwards } from "./forward/forwards.ts";
import { followPublished } from "./forward/published.ts";
import { doorOf } from "./shared/daemon.ts";
import { chosenEnvironment } from "./shared/door.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const { ports, all, client, stack, json } = readArguments(process.argv);
  const door = doorOf(await chosenEnvironment(client, stack));
  const print = (event: ForwardEvent) =>
    void process.stdout.write(`${json ? JSON.stringify(event) : inWords(event)}\n`);
  const forwards = new Forwards(door, print, note);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  interrupted.signal.addEventListener("abort", () => forwards.close());
  await forwards.add(ports);
  if (all) await followPublished(door, (published) => forwards.follow(published), note, interrupted.signal);
});

function inWords({ event, local, published, target, instead }: ForwardEvent): string {
  const what =
    target === undefined
      ? `port ${published} of the machine`
      : `${target} (port ${published} of the machine)`;
  if (event === "ended") return `127.0.0.1:${local} ended: ${what} isn't published any more`;
  const why = instead === undefined ? "" : `; ${instead} can't be had on this computer`;
  return `127.0.0.1:${local} leads to ${what}${why}`;
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
