// npm run status [-- --watch]: what the machine is doing, and who is connected.
import { setTimeout as sleep } from "node:timers/promises";
import { stackOutputs } from "./shared/engine.ts";
import { operatorOf } from "./shared/operator.ts";
import { Machine } from "./shared/ssh.ts";
import { command } from "./shared/userError.ts";
import { lookAt } from "./status/answer.ts";
import { readArguments } from "./status/arguments.ts";
import { inOneLine, inWords, type Report, reportOf } from "./status/report.ts";

await command(async () => {
  const { stack, watch, json } = readArguments(process.argv);
  const outputs = await stackOutputs(stack);
  const machine = await Machine.connect(operatorOf(stack, outputs));
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  interrupted.signal.addEventListener("abort", () => machine.close());
  try {
    for (;;) {
      const report = reportOf(stack, outputs, await lookAt(machine));
      show(report, { json, watching: watch !== undefined });
      if (watch === undefined) process.exitCode = report.engine === null ? 1 : 0;
      if (watch === undefined) return;
      await sleep(watch * 1000, undefined, { signal: interrupted.signal });
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    machine.close();
  }
});

function show(report: Report, { json, watching }: { json: boolean; watching: boolean }): void {
  const { stdout } = process;
  if (json) return void stdout.write(`${JSON.stringify(report)}\n`);
  if (watching && !stdout.isTTY) return void stdout.write(`${inOneLine(report)}\n`);
  // Home, and what is below is cleared: a screen that is cleared first flickers.
  if (watching)
    stdout.write(
      `\x1b[H${inWords(report)
        .map((line) => `${line}\x1b[K\n`)
        .join("")}\x1b[J`,
    );
  else stdout.write(`${inWords(report).join("\n")}\n`);
}
