/** Where HAProxy reads its configuration. */
export const haproxyConfigurationPath = "/etc/haproxy/haproxy.cfg";

/** The front door's port, the only one that a machine has open. */
export const frontDoorPort = 2376;

/**
 * What every configuration of the front door begins with. The log goes to standard output, which is the journal's:
 * the chroot has no /dev/log. A reload leaves an old process of 17 MB behind while a connection of before lasts: the
 * sixteenth reload ends those of the first.
 */
export function globalSection(lines: string[] = []): string {
  return section("global", [
    "log stdout format raw daemon",
    "user haproxy",
    "group haproxy",
    "chroot /var/lib/haproxy",
    "maxconn 8000",
    "mworker-max-reloads 16",
    ...lines,
  ]);
}

/** Versions of HAProxy that lack something: each was tried. */
export interface Abilities {
  /** A time limit for TLS handshakes, `timeout client-hs`: from 2.9 on. */
  limitsHandshakes: boolean;
  /** Names of OpenSSL's errors of verification, `x509_v_err_str`: from 2.7 on. */
  namesErrors: boolean;
}

/** @param version e.g. 2.6.12 */
export function abilitiesOf(version: string): Abilities {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const since = (one: number) => major > 2 || (major === 2 && minor >= one);
  return { limitsHandshakes: since(9), namesErrors: since(7) };
}

/**
 * Streams may be silent for hours (`docker wait`, `logs -f`); keep-alive finds peers that are gone. Where handshakes have no
 * limit of their own, the frontends' is short, and that of a stream that has begun is the tunnel's.
 */
export function defaultsSection({ limitsHandshakes }: Abilities = abilitiesOf("3.0")): string {
  return section("defaults", [
    "mode tcp",
    "log global",
    "option clitcpka",
    "option srvtcpka",
    "clitcpka-idle 60s",
    "clitcpka-intvl 15s",
    "clitcpka-cnt 4",
    "timeout connect 10s",
    "timeout client 24h",
    "timeout server 24h",
    limitsHandshakes ? "timeout client-hs 10s" : "timeout tunnel 24h",
  ]);
}

/** The SSH daemon, on the machine's loopback. */
export function sshdSection(): string {
  return section("backend sshd", ["server sshd 127.0.0.1:22"]);
}

/** First bytes of a connection that is for sshd. */
export const startsLikeSsh = "{ req.payload(0,4) -m str SSH- }";

/** One section of the configuration, indented as HAProxy's manual does. */
export function section(title: string, lines: string[]): string {
  return `${title}\n${lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n")}\n`;
}
