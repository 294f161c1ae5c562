import { operatorOf } from "../shared/operator.ts";
import { Machine } from "../shared/ssh.ts";
import { UserError } from "../shared/userError.ts";
import { type Look, lookAt } from "../status/answer.ts";
import { about, type Finding } from "./finding.ts";

/** What the operator alone can see: how full the machine's disk is. */
export async function machineFindings(stack: string, outputs: Record<string, unknown>): Promise<Finding[]> {
  try {
    const machine = await Machine.connect(operatorOf(stack, outputs));
    try {
      return spaceFindings(await lookAt(machine));
    } finally {
      machine.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [about("machine's disk").warning(`it can't be looked at: ${error.message}`)];
  }
}

const gibibyte = 2 ** 30;

export function spaceFindings({ disk, diskUse }: Pick<Look, "disk" | "diskUse">): Finding[] {
  if (disk === null) return [];
  const { ok, warning, fault } = about("machine's disk");
  const cache = (diskUse?.BuildCache ?? []).reduce((sum, { Size }) => sum + Size, 0);
  const percent = Math.round((100 * disk.available) / disk.size);
  const text =
    `${(disk.available / gibibyte).toFixed(1)} GiB of ${(disk.size / gibibyte).toFixed(1)} GiB are free (${percent} %), ` +
    `and ${(cache / gibibyte).toFixed(1)} GiB are build cache`;
  const remedy = "docker builder prune, docker image prune, or a larger disk in the stack's configuration";
  if (disk.available < gibibyte / 4)
    return [fault(text, remedy, "builds and pulls fail with: no space left on device")];
  if (percent < 10) return [warning(text, remedy, "builds and pulls fail when it is full")];
  return [ok(text)];
}
