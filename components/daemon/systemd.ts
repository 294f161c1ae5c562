/**
 * Drop-in of docker.service: dockerd without arguments but those that a host's own daemon keeps. A key that is in
 * daemon.json and on the command line as well is fatal, and the packages' units name hosts on it.
 */
export function dockerDropIn(kept: string[] = []): string {
  return `# Written by remote-docker.
[Service]
ExecStart=
ExecStart=${["dockerd", ...kept.map(unitWord)].join(" ")}
`;
}

/** As one word of a unit's command line (systemd.service(5), "Command lines"). */
function unitWord(word: string): string {
  return `"${word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
}

/** Name of {@link containersUnit}. */
export const containersUnitName = "remote-docker-containers.service";

/**
 * Ends live-restored containers at a shutdown, once dockerd has stopped, so that it starts them again after the reboot
 * as their restart policies say. Nothing else would: runc's scopes have no default dependencies, and a container that
 * ignores SIGTERM holds up the very end of the shutdown for 90 s.
 */
export function containersUnit(): string {
  return `# Written by remote-docker.
[Unit]
Description=End of containers at shutdown
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStop=systemctl stop "docker-*.scope"
TimeoutStopSec=30s
`;
}

/** Drop-in of every container's scope: after SIGTERM a container has the 10 s that `docker stop` gives it as well. */
export function containerDropIn(): string {
  return `# Written by remote-docker.
[Scope]
TimeoutStopSec=10s
`;
}
