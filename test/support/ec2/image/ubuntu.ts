import { rmSync, writeFileSync } from "node:fs";
import { run, succeeded } from "../../run";

/** Ubuntu's image in images.json. */
export const ubuntu = "ami-0d1a5b0c7e2f40388";

/** What Ubuntu's own has is longer. */
const osRelease = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n';

/** FAKE Ubuntu: Debian by another name, in a root volume's file. */
export async function passOffAsUbuntu(root: string): Promise<void> {
  const file = `${root}.os-release`;
  writeFileSync(file, osRelease);
  const commands = ["rm /usr/lib/os-release", `write ${file} /usr/lib/os-release`];
  for (const command of commands) succeeded(await run(["debugfs", "-w", "-R", command, root]));
  rmSync(file);
}
