/** The front door's own unit on a host where haproxy.service may be somebody else's. */
export const frontDoorUnitName = "remote-docker-front-door.service";

/** Socket of its master process. */
export const frontDoorMasterSocket = "/run/remote-docker-front-door.sock";

/**
 * HAProxy as the front door, beside the host's own haproxy.service.
 *
 * @param configuration path of haproxy.cfg on the host
 */
export function frontDoorUnit(configuration: string): string {
  return `# Written by remote-docker.
[Unit]
Description=Front door of the shared Docker daemon
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=haproxy -Ws -f ${configuration} -p /run/remote-docker-front-door.pid -S ${frontDoorMasterSocket}
KillMode=mixed
Restart=always
SuccessExitStatus=143
`;
}
