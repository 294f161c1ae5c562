import { createHash } from "node:crypto";
import type { SshClient } from "../authority/clientArgs";
import type { DaemonArgs } from "../daemon/daemonArgs";
import {
  daemonAddress,
  daemonConfiguration,
  daemonTlsFiles,
  restartConfiguration,
} from "../daemon/daemonJson";
import type { Theirs } from "../daemon/theirs";
import { containerDropIn, containersUnit, containersUnitName, dockerDropIn } from "../daemon/systemd";
import type { OpenPort } from "../firewall/openPorts";
import { firewallRules, firewallUnit, firewallUnitName } from "../firewall/rules";
import { allowList, type AllowedClient } from "../frontDoor/allowList";
import { frontDoorFiles, haproxyConfiguration } from "../frontDoor/haproxy";
import { type Limits, limitsMap } from "../frontDoor/limits";
import { authorizedKeys, dialProgram, sshClientsConfiguration, sshFiles } from "../frontDoor/sshClients";
import type { TlsVersion } from "../frontDoor/tlsVersions";
import { frontDoorUnit, frontDoorUnitName } from "../frontDoor/unit";
import { hostFolder } from "./layout";

/** The set's files by their paths in its folder; the first part of a path says what has to take the file up. */
export type ConfigurationSet = Record<string, string>;

/** A certificate and its private key, PEM. */
export interface PemPair {
  certificate: string;
  key: string;
}

export interface ConfigurationSetArgs {
  /** The roots that clients' certificates are signed by, PEM, one after the other. */
  root: string;
  /** Who the front door is to clients. */
  server: PemPair;
  /** How the front door and dockerd know each other. */
  inner: { issuer: string; server: PemPair; client: PemPair };
  /** Everybody who is admitted. */
  clients: AllowedClient[];
  /** Those who come by SSH, beside their certificate or without one. Default: nobody. */
  sshClients?: SshClient[];
  /** What they may take of the front door. Default: no limits. */
  limits?: Limits;
  /** The oldest TLS version that clients may come by. Default: 1.2. */
  minimumTls?: TlsVersion;
  /** The address that everybody seems to come from. Default: there is none. */
  sharedAddress?: string;
  /** Whether clients come by IPv6 as well. Default: false. */
  ipv6?: boolean;
  /** What the firewall lets in besides clients. Default: nothing. */
  openPorts?: OpenPort[];
  daemon: DaemonArgs;
  /** Keys of daemon.json by their names there. */
  daemonExtra: Record<string, unknown>;
  /** What a host that was there before keeps of its own daemon. Default: the host is this program's own. */
  theirs?: Theirs;
}

/** Where a host's programs find the set that holds. */
const current = `${hostFolder}/current`;

/**
 * Everything that makes a host the daemon's, as text. `frontDoor/` is taken up by a reload of HAProxy, `firewall/` by
 * nft, `daemon/` by a reload of dockerd, `restart/` by its restart only: there the part of daemon.json that a reload
 * ignores is once more, so that a change can be told.
 */
export function configurationSet(args: ConfigurationSetArgs): ConfigurationSet {
  const {
    root,
    server,
    inner,
    sshClients = [],
    limits = {},
    minimumTls,
    sharedAddress,
    ipv6,
    openPorts,
    daemon,
    daemonExtra,
    theirs,
  } = args;
  const daemonTls = `${current}/restart`;
  const clients = [...args.clients, ...sshClients];
  return {
    "frontDoor/haproxy.cfg": haproxyConfiguration({
      clients,
      sshClients: sshClients.length > 0,
      daemonAddress,
      plainListener: daemon.plainListener ?? false,
      minimumTls,
      sharedAddress,
      ipv6,
      handsSshOn: theirs === undefined,
      version: theirs?.haproxy,
      folder: `${current}/frontDoor`,
    }),
    // The firewall of a host that was there before is its owner's.
    ...(theirs === undefined
      ? {
          "firewall/rules.nft": firewallRules(openPorts),
          [`firewall/${firewallUnitName}`]: firewallUnit(`${current}/firewall/rules.nft`),
        }
      : { [`frontDoor/${frontDoorUnitName}`]: frontDoorUnit(`${current}/frontDoor/haproxy.cfg`) }),
    [`frontDoor/${frontDoorFiles.allowList}`]: allowList(clients),
    ...(sshClients.length === 0 ? {} : forSsh(sshClients, theirs)),
    [`frontDoor/${frontDoorFiles.connections}`]: limitsMap(limits, "connections"),
    [`frontDoor/${frontDoorFiles.connectionsPerMinute}`]: limitsMap(limits, "connectionsPerMinute"),
    [`frontDoor/${frontDoorFiles.root}`]: root,
    [`frontDoor/${frontDoorFiles.server}`]: server.certificate + server.key,
    [`frontDoor/${frontDoorFiles.innerIssuer}`]: inner.issuer,
    [`frontDoor/${frontDoorFiles.innerClient}`]: inner.client.certificate + inner.client.key,
    "daemon/daemon.json": daemonConfiguration(daemon, daemonExtra, daemonTls, theirs),
    "restart/daemon.json": restartConfiguration(daemon, daemonExtra, daemonTls, theirs),
    "restart/docker.service.conf": dockerDropIn(theirs?.arguments),
    "restart/docker.scope.conf": containerDropIn(),
    [`restart/${containersUnitName}`]: containersUnit(),
    [`restart/${daemonTlsFiles.issuer}`]: inner.issuer,
    [`restart/${daemonTlsFiles.certificate}`]: inner.server.certificate,
    [`restart/${daemonTlsFiles.key}`]: inner.server.key,
  };
}

function forSsh(clients: SshClient[], theirs?: Theirs): ConfigurationSet {
  return {
    [`frontDoor/${sshFiles.keys}`]: authorizedKeys(clients),
    [`frontDoor/${sshFiles.dial}`]: dialProgram(),
    ...(theirs === undefined ? { [`frontDoor/${sshFiles.sshd}`]: sshClientsConfiguration() } : {}),
  };
}

/** SHA-256 of a whole set, 64 hexadecimal digits: tells two sets apart and says nothing of what is in them. */
export function digest(set: ConfigurationSet): string {
  return createHash("sha256").update(JSON.stringify(set)).digest("hex");
}
