import type { AdoptedHost } from "./host";

/**
 * What a host must have when it is given back: configuration files with their modes and owners, users and groups, packages,
 * units and which of them run, listening ports, addresses, routes, firewall, and its containers with the processes that they
 * had. dockerd's own process may be another one, and so the ports that it and
 * containerd choose by themselves.
 */
const script = String.raw`
export LC_ALL=C
# Backups that useradd makes, and what ldconfig writes anew.
cd /etc && find . \( -name "*-" -o -name ld.so.cache -o -name .updated \) -prune -o -printf "%p %y %m %u %g %l\n" | sort
find /etc -type f ! -name "*-" ! -name ld.so.cache -exec sha256sum {} + | sort -k 2
sha256sum /srv/*.json 2>/dev/null
find /srv /usr/local /opt /root /usr/sbin/policy-rc.d /var/lib /run/lock -maxdepth 1 -printf "%p %y %m %u %g %l\n" 2>/dev/null | sort
getent passwd
getent group
dpkg-query --show
dpkg --get-selections
systemctl list-units --all --state=active,failed --type=service,socket,timer,path,mount --plain --no-legend --no-pager |
  awk '$1 !~ /^(user|session|run-docker|run-user|systemd-(hostnamed|timedated)|apt-daily|dpkg-db|man-db)/ { print $1, $3, $4 }' | sort
systemctl list-unit-files --no-legend --no-pager | awk '{ print $1, $2 }' | sort
systemctl is-active docker.service docker.socket haproxy.service
ss -Htuln | awk '$5 !~ /:(4|3)[0-9][0-9][0-9][0-9]$/ { print $1, $5 }' | sort
iptables-save | sed 's/\[[0-9:]*\]//; /^#/d' | sort
nft --stateless list ruleset | sort
sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
ip -brief address | sed 's/@if[0-9]*//' | sort
ip route | sort
ls -d /etc/remote-docker /var/lib/remote-docker /run/remote-docker* /var/lib/docker /var/lib/haproxy 2>/dev/null
docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}} {{.DockerRootDir}}'
docker ps --no-trunc --format '{{.ID}} {{.Names}} {{.Image}}' | sort
docker inspect --format '{{.Name}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' $(docker ps -q) | sort
docker image ls --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort
docker network ls --format '{{.Name}} {{.Driver}}' | sort
`;

export async function snapshotOf(host: AdoptedHost): Promise<string[]> {
  const { stdout } = await host.ssh("bash -s", script);
  return stdout.split("\n");
}

/** The lines of a snapshot that are of the containers job and web, which tests start. */
export function containers(lines: string[]): string[] {
  return lines.filter((line) => /(job|web)( |$)/.test(line) && !line.startsWith("-A"));
}
