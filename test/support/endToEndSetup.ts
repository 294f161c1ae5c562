import { bootedBase } from "./guest";

/** Before the clock of any test runs, the machine that most of them start from is booted, once on a computer. */
export default async function setup(): Promise<void> {
  await bootedBase(() => process.stdout.write("Booting the machine that the tests start from, once\n"));
}
