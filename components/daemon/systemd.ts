/**
 * Drop-in of docker.service: dockerd without arguments. A key that is in daemon.json and on the command line as well
 * is fatal, and the packages' units name hosts on it.
 */
export function dockerDropIn(): string {
  return `# Written by remote-docker.
[Service]
ExecStart=
ExecStart=dockerd
`;
}

/**
 * Drop-in of every container's scope. A live-restored container that ignores SIGTERM would hold up a reboot for
 * systemd's 90 s; `docker stop` gives it 10 s too.
 */
export function containerDropIn(): string {
  return `# Written by remote-docker.
[Scope]
TimeoutStopSec=10s
`;
}
