/** What a host's own Docker daemon keeps of its configuration when it becomes a shared one. */
export interface Theirs {
  /** Members of its daemon.json. */
  members: Record<string, unknown>;
  /** Arguments of dockerd. */
  arguments: string[];
  /** Whether systemd holds its socket. */
  socketActivated: boolean;
  /** Unix sockets at which it listens besides /run/docker.sock, as dockerd's `hosts` has them. */
  sockets: string[];
  /** e.g. 20.10.24 */
  version: string;
  /** Version of the HAProxy that becomes the front door, e.g. 2.6. */
  haproxy: string;
}

/** Options of dockerd whose key in daemon.json has another name (moby, cmd/dockerd/config.go and daemon/config). */
const keyOfOption: Record<string, string> = {
  H: "hosts",
  host: "hosts",
  D: "debug",
  b: "bridge",
  g: "data-root",
  graph: "data-root",
  G: "group",
  l: "log-level",
  s: "storage-driver",
  p: "pidfile",
  "add-runtime": "runtimes",
  "authorization-plugin": "authorization-plugins",
  "default-address-pool": "default-address-pools",
  "default-ulimit": "default-ulimits",
  "default-network-opt": "default-network-opts",
  "dns-opt": "dns-opts",
  "exec-opt": "exec-opts",
  "insecure-registry": "insecure-registries",
  label: "labels",
  "log-opt": "log-opts",
  "node-generic-resource": "node-generic-resources",
  "registry-mirror": "registry-mirrors",
  "storage-opt": "storage-opts",
};

/** Options without a value of their own. */
const flags =
  /^(D|debug|tls|tlsverify|live-restore|init|icc|ip-forward|ip-forward-no-drop|ip-masq|iptables|ip6tables|ipv6|userland-proxy|no-new-privileges|selinux-enabled|raw-logs|experimental|rootless|validate|allow-direct-routing|bridge-accept-fwmark)$/;

/** An option of dockerd, and the key of daemon.json that stands for the same. */
export interface DaemonOption {
  key: string;
  /** As it stands on the command line. */
  words: string[];
  value: string;
}

/** dockerd's arguments, option by option. */
export function optionsOf(words: string[]): DaemonOption[] {
  const found: DaemonOption[] = [];
  for (let index = 0; index < words.length; index++) {
    const [, name, , given] = /^--?([A-Za-z0-9-]+)(=(.*))?$/s.exec(words[index]) ?? [];
    if (name === undefined) continue;
    const key = keyOfOption[name] ?? name;
    if (given !== undefined || flags.test(name)) {
      found.push({ key, words: [words[index]], value: given ?? "true" });
    } else {
      found.push({ key, words: words.slice(index, index + 2), value: words[index + 1] ?? "" });
      index++;
    }
  }
  return found;
}

/** The keys of daemon.json that arguments of dockerd stand for: in both, they would be fatal. */
export function keysInArguments(words: string[]): string[] {
  return optionsOf(words).map(({ key }) => key);
}
