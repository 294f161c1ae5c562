import * as path from "node:path";
import { hostScript } from "../../host/scripts";

/**
 * The wait for a machine that installs its packages while it boots, and the growth of its data volume's file system.
 *
 * @param dataVolumeSize of the volume at /var/lib/docker, GiB
 */
export function preparationScript(dataVolumeSize: number): string {
  const files = [path.join(__dirname, "preparation.sh")];
  return hostScript({ parts: ["report"], files, last: `prepare ${dataVolumeSize}` });
}
