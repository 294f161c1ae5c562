import { frontDoorPort } from "../frontDoor/haproxyCommon";
import type { OpenPort } from "./openPorts";

/** The table of nftables that is ours; others are nobody's to touch. */
export const firewallTable = "inet remote_docker";

/**
 * The firewall of a machine of our own, for `nft -f`: from outside nothing is reached but the front door and the ports that
 * the configuration opens. It looks before Docker translates addresses (priority -100) and after connections are known
 * (-200), so that a port that a container publishes is what it looks at. What is inside comes by the loopback interface
 * or by a bridge, as containers are connected. A connection that stands is never ended: only new ones are looked at.
 *
 * Loaded as one transaction, also in place of a former version (nft(8), "atomic rule replacement").
 */
export function firewallRules(openPorts: OpenPort[] = []): string {
  const opened = (["tcp", "udp"] as const).map((protocol) =>
    openPorts.filter((one) => one.protocol === protocol).map(({ port }) => port),
  );
  const [tcp, udp] = opened;
  return `# Written by remote-docker.
table ${firewallTable}
delete table ${firewallTable}
table ${firewallTable} {
    chain from_outside {
        type filter hook prerouting priority -150; policy accept;
        iif lo accept
        meta iifkind "bridge" accept
        ct state != { new, untracked } accept
        tcp dport ${set([frontDoorPort, ...tcp])} accept
${udp.length === 0 ? "" : `        udp dport ${set(udp)} accept\n`}\
        icmp type echo-request accept
        icmpv6 type { ${neighbours.join(", ")} } accept
        udp sport 67 udp dport 68 accept
        ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
        counter drop
    }
}
`;
}

/** Without these IPv6 doesn't work (RFC 4890, 4.4.1). */
const neighbours = [
  ...["echo-request", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert", "nd-redirect"],
  ...["mld-listener-query"],
];

function set(ports: number[]): string {
  return `{ ${[...new Set(ports)].sort((one, other) => one - other).join(", ")} }`;
}

/** Name of {@link firewallUnit}. */
export const firewallUnitName = "remote-docker-firewall.service";

/**
 * Loads the firewall before the network is there, and once more whenever nftables.service does: its usual configuration
 * flushes every table.
 *
 * @param rules path of {@link firewallRules} on the host
 */
export function firewallUnit(rules: string): string {
  return `# Written by remote-docker.
[Unit]
Description=Firewall of the shared Docker daemon
DefaultDependencies=no
After=local-fs.target nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=nft -f ${rules}
ExecReload=nft -f ${rules}
`;
}
