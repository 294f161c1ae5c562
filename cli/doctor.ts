// npm run doctor: what is wrong between this shell and the daemon, and what to do.
import { type DoctorArguments, doctorLine } from "./doctor/arguments.ts";
import { bundleFindings } from "./doctor/bundle.ts";
import { clientFindings } from "./doctor/client.ts";
import { daemonFindings } from "./doctor/daemon.ts";
import { environmentFindings } from "./doctor/environment.ts";
import { type Finding, inWords } from "./doctor/finding.ts";
import { admissionFindings, otherPortFindings, reachFindings, refusalFindings } from "./doctor/frontDoor.ts";
import { machineFindings } from "./doctor/machine.ts";
import { addressOf } from "./shared/daemon.ts";
import { type ChosenEnvironment, chosenEnvironment } from "./shared/door.ts";
import { command } from "./shared/userError.ts";

await command(async () => {
  const { client, stack, json } = doctorLine().parse(process.argv).opts<DoctorArguments>();
  const findings: Finding[] = [];
  const tell = (found: Finding[]) => {
    findings.push(...found);
    if (!json) for (const one of found) process.stdout.write(`${inWords(one)}\n`);
  };
  await examine(await chosenEnvironment(client, stack), tell);
  const faults = findings.filter(({ level }) => level === "fault").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  if (json) process.stdout.write(`${JSON.stringify({ faults, warnings, findings })}\n`);
  else process.stdout.write(`\n${faults} faults, ${warnings} warnings\n`);
  if (faults > 0) process.exitCode = 1;
});

/** From this shell outwards; what rests on something that is broken isn't tried. */
async function examine(
  { DOCKER_HOST, DOCKER_CERT_PATH, from }: ChosenEnvironment,
  tell: (found: Finding[]) => void,
): Promise<void> {
  const address = addressOf(DOCKER_HOST);
  tell(environmentFindings(process.env, address.host));
  const { findings, files } = bundleFindings(DOCKER_CERT_PATH);
  tell(findings);
  const reached = await reachFindings(address.host, address.port);
  tell(reached);
  let oldest: string | undefined;
  if (files !== undefined && reached.every(({ level }) => level !== "fault")) {
    const door = { ...address, ...files };
    const { findings: admission, asked } = await admissionFindings(door);
    tell(admission);
    tell(await refusalFindings(door));
    if (asked.status === 200) {
      oldest = (JSON.parse(asked.body) as { MinAPIVersion?: string }).MinAPIVersion;
      tell(await daemonFindings(door, asked));
    }
  }
  if (from !== undefined) tell(await machineFindings(from.stack, from.outputs));
  tell(await otherPortFindings(address.host));
  tell(await clientFindings(oldest));
}
