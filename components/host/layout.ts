import { containersUnitName } from "../daemon/systemd";
import type { Theirs } from "../daemon/theirs";
import { firewallTable, firewallUnitName } from "../firewall/rules";
import { haproxyConfigurationPath } from "../frontDoor/haproxyCommon";
import { rootSocket } from "../frontDoor/haproxy";
import { bootstrapHostKeyPath, permanentHostKeyPath } from "../frontDoor/sshd";
import { sshAccount, sshClientsConfigurationPath, sshHome } from "../frontDoor/sshClients";
import { frontDoorMasterSocket, frontDoorUnitName } from "../frontDoor/unit";

/** Everything of this program's on a host. */
export const hostFolder = "/etc/remote-docker";

/**
 * Names and places that differ between a host of this program's own and one that was there before, as constants of the
 * host's scripts.
 *
 * @param theirs what the host keeps of its own daemon; undefined: the host is this program's own
 */
export function layout(theirs?: Theirs): string[] {
  const constants: Record<string, string> =
    theirs === undefined
      ? {
          FRONT_DOOR_UNIT: "haproxy.service",
          MASTER_SOCKET: "/run/haproxy-master.sock",
          FRONT_DOOR_LINK: `${haproxyConfigurationPath} frontDoor/haproxy.cfg`,
          DOCKER_DROP_IN: "/etc/systemd/system/docker.service.d/10-remote-docker.conf",
          SOCKET_ACTIVATED: "yes",
          ADOPTED: "",
        }
      : {
          FRONT_DOOR_UNIT: frontDoorUnitName,
          MASTER_SOCKET: frontDoorMasterSocket,
          FRONT_DOOR_LINK: `/etc/systemd/system/${frontDoorUnitName} frontDoor/${frontDoorUnitName}`,
          // After the host's own drop-ins.
          DOCKER_DROP_IN: "/etc/systemd/system/docker.service.d/zz-remote-docker.conf",
          SOCKET_ACTIVATED: theirs.socketActivated ? "yes" : "",
          ADOPTED: "yes",
        };
  Object.assign(constants, {
    BASE: hostFolder,
    WANTS: "/etc/systemd/system/multi-user.target.wants",
    ROOT_SOCKET: rootSocket,
    CONTAINERS_UNIT: containersUnitName,
    FIREWALL_UNIT: firewallUnitName,
    FIREWALL_TABLE: firewallTable,
    BOOTSTRAP_HOST_KEY: bootstrapHostKeyPath,
    PERMANENT_HOST_KEY: permanentHostKeyPath,
    SSH_ACCOUNT: sshAccount,
    SSH_HOME: sshHome,
    SSHD_DROP_IN: sshClientsConfigurationPath,
  });
  return Object.entries(constants).map(([name, value]) => `readonly ${name}='${value}'`);
}
