import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Authority } from "../authority/authority";
import type { SshClient } from "../authority/clientArgs";
import type { KeyPair } from "../authority/identity";
import type { AllowedClient } from "../frontDoor/allowList";
import type { Limits } from "../frontDoor/limits";
import type { TlsVersion } from "../frontDoor/tlsVersions";
import type { DaemonArgs } from "../daemon/daemonArgs";
import type { Machine, Preparation } from "../machine/machine";
import { type ConfigurationSet, configurationSet, digest } from "./configurationSet";
import {
  asRoot,
  hostKeyScript,
  type Movers,
  rotationProgressScript,
  runScript,
  transactionScript,
} from "./scripts";

export interface DockerHostArgs {
  machine: Machine;
  /** The machine's permanent SSH host key, as a tls.PrivateKey has it: ECDSA. */
  hostKey: { privateKeyOpenssh: pulumi.Output<string>; publicKeyOpenssh: pulumi.Output<string> };
  /** The certificates and keys of the front door and dockerd. */
  trust: Pick<Authority, "root" | "inner"> & { server: KeyPair };
  /** Everybody whom the front door admits. */
  clients: pulumi.Output<AllowedClient[]>;
  /** Those who come by SSH, beside their certificate or without one. Default: nobody. */
  sshClients?: SshClient[];
  /** The clients' certificates of now, PEM: the host waits until they are valid by its clock. Default: none. */
  certificates?: pulumi.Output<string>[];
  /** Who has moved over to the newest root once it is used, and who is not waited for. Default: nobody. */
  movers?: { clients: pulumi.Output<AllowedClient[]>; leaveBehind: string[] };
  /** Whether clients move from one root to the next, so that each `up` looks who has. Default: false. */
  rotating?: boolean;
  /** What each of them may take of the front door. Default: no limits. */
  limits?: Limits;
  /** The oldest TLS version that clients may come by. Default: 1.2. */
  minimumTls?: TlsVersion;
  /** Why the host has to be looked after although nothing changes; empty while it is well. Default: it is. */
  complaint?: pulumi.Output<string>;
  /** Default: see each option. */
  daemon?: DaemonArgs;
  /** Keys of daemon.json that {@link DaemonArgs} doesn't have, by their names there. Default: none. */
  daemonExtra?: Record<string, unknown>;
}

/** A new machine boots first; the dial goes on until it answers or this time is over. */
const firstConnection: Dial = { dialErrorLimit: -1, customTimeouts: { create: "15m", update: "5m" } };

/** The machine is up: a minute for a front door that is just being started. */
const laterConnection: Dial = { dialErrorLimit: 60, customTimeouts: { create: "15m", update: "15m" } };

interface Dial {
  /** Failed attempts until the command fails, about one a second; -1: no limit but the timeout. */
  dialErrorLimit: number;
  customTimeouts: pulumi.CustomTimeouts;
}

/** What the daemon needs on a machine: the permanent host key, and one transaction for every change. */
export class DockerHost extends pulumi.ComponentResource {
  /** SHA-256 of the whole configuration set; known once the host has taken it up. */
  readonly configuration: pulumi.Output<string>;
  /** Who has not used a certificate of the new root yet, while clients move from one to the next; else nobody. */
  readonly notMovedOver: pulumi.Output<string[]>;

  constructor(name: string, args: DockerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:host:DockerHost", name, {}, opts);
    const { hostKey, preparation } = args.machine;
    const reached =
      "bootstrap" in hostKey ? [installHostKey(`${name}-hostKey`, args, hostKey.bootstrap, this)] : [];
    const prepared =
      preparation === undefined
        ? reached
        : [prepare(`${name}-preparation`, args, preparation, reached, this)];
    const set = wantedSet(args);
    const transaction = takeUp(`${name}-transaction`, args, set, prepared, this);
    warnWithoutFirewall(transaction, this);
    this.configuration = pulumi.unsecret(
      pulumi.all([set, transaction.stdout]).apply(([files]) => digest(files)),
    );
    this.notMovedOver = args.rotating
      ? lookWhoMoved(`${name}-rotation`, args, transaction, this)
      : this.configuration.apply(() => []);
    this.registerOutputs({});
  }
}

/** The first connection to a new machine trusts the key that came with the user data, and that one only. */
function installHostKey(
  name: string,
  args: DockerHostArgs,
  bootstrap: pulumi.Output<string>,
  parent: DockerHost,
): command.remote.Command {
  const { machine, hostKey } = args;
  const { customTimeouts, dialErrorLimit } = firstConnection;
  return new command.remote.Command(
    name,
    {
      connection: connection(machine, bootstrap, dialErrorLimit),
      create: runScript(machine.ssh.user),
      stdin: pulumi.secret(hostKey.privateKeyOpenssh.apply(hostKeyScript)),
      triggers: [machine.incarnation],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      customTimeouts,
      // The bootstrap host key is gone by the time that an address, a port or a newer program's script changes, and so is
      // the need for it.
      ignoreChanges: ["connection.host", "connection.port", "create", "stdin"],
    },
  );
}

/** Packages from a slow mirror take their time; the machine itself gives up after 25 minutes. */
const preparationTimeouts: pulumi.CustomTimeouts = { create: "30m", update: "30m", delete: "30m" };

/** What the machine's kind has to do there, and its end. */
function prepare(
  name: string,
  args: DockerHostArgs,
  { script, undo }: Preparation,
  reached: pulumi.Resource[],
  parent: DockerHost,
): command.remote.Command {
  const end = undo?.apply((command) => asRoot(args.machine.ssh.user, command));
  return runOnHost(name, args, { script, delete: end }, reached, parent, preparationTimeouts);
}

function wantedSet(args: DockerHostArgs): pulumi.Output<ConfigurationSet> {
  const { trust, clients, sshClients, limits, minimumTls, daemon = {}, daemonExtra = {} } = args;
  const pair = ({ certificate, key }: typeof trust.server | typeof trust.inner.server) => ({
    certificate,
    key,
  });
  const { issuer, server, client } = trust.inner;
  const parts = {
    root: trust.root,
    server: pair(trust.server),
    inner: { issuer, server: pair(server), client: pair(client) },
    clients,
  };
  const { ipv6, openPorts, sharedAddress, theirs } = args.machine;
  return pulumi.output(parts).apply((known) =>
    configurationSet({
      ...known,
      sshClients,
      limits,
      minimumTls,
      sharedAddress,
      ipv6,
      openPorts,
      daemon,
      daemonExtra,
      theirs,
    }),
  );
}

/** The set travels on standard input, so that a change of it is an update and not a replacement. */
function takeUp(
  name: string,
  args: DockerHostArgs,
  set: pulumi.Output<ConfigurationSet>,
  prepared: pulumi.Resource[],
  parent: DockerHost,
): command.remote.Command {
  const { theirs } = args.machine;
  const script = pulumi
    .all([set, movers(args), args.certificates ?? [], args.complaint ?? ""])
    .apply(
      ([files, known, certificates, complaint]) =>
        transactionScript(files, known, theirs, certificates) + asComment(complaint),
    );
  return runOnHost(name, args, { script: pulumi.secret(script) }, prepared, parent);
}

/** Machines of before whose image had no nftables go on without. */
function warnWithoutFirewall({ stdout }: command.remote.Command, host: DockerHost): void {
  void stdout.apply((text) => {
    if (!text.includes('"firewall":"missing"')) return;
    const words =
      "The machine has no nftables, and so no firewall: a port that a container publishes on 0.0.0.0 by hand is open to the " +
      "network around it. Install it there (sudo apt-get install nftables) or make the machine anew; the next change loads the firewall.";
    void pulumi.log.warn(words, host);
  });
}

/** Another text is another run. */
function asComment(complaint: string): string {
  return complaint === "" ? "" : `# ${complaint}\n`;
}

/** Each `up` looks again: the moment in the script is another one each time. */
function lookWhoMoved(
  name: string,
  args: DockerHostArgs,
  transaction: pulumi.Resource,
  parent: DockerHost,
): pulumi.Output<string[]> {
  const script = movers(args).apply(
    (known) => `# ${new Date().toISOString()}\n${rotationProgressScript(known, args.machine.theirs)}`,
  );
  return runOnHost(name, args, { script }, [transaction], parent).stdout.apply(
    (text) => JSON.parse(text) as string[],
  );
}

function movers({ movers: given }: DockerHostArgs): pulumi.Output<Movers> {
  return pulumi.output(given ?? { clients: [], leaveBehind: [] });
}

/** A script by the host key that stays. */
function runOnHost(
  name: string,
  { machine, hostKey }: DockerHostArgs,
  { script, delete: end }: { script: pulumi.Output<string>; delete?: pulumi.Output<string> },
  dependsOn: pulumi.Resource[],
  parent: DockerHost,
  customTimeouts = laterConnection.customTimeouts,
): command.remote.Command {
  return new command.remote.Command(
    name,
    {
      connection: connection(machine, lastingHostKey(machine, hostKey), laterConnection.dialErrorLimit),
      create: runScript(machine.ssh.user),
      delete: end,
      stdin: script,
      triggers: [machine.incarnation],
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    { parent, customTimeouts, dependsOn },
  );
}

/** The host key that every connection but the very first is pinned to, a line of authorized_keys. */
export function lastingHostKey(
  { hostKey }: Pick<Machine, "hostKey">,
  permanent: Pick<DockerHostArgs["hostKey"], "publicKeyOpenssh">,
): pulumi.Output<string> {
  return "known" in hostKey ? hostKey.known : permanent.publicKeyOpenssh;
}

function connection(
  machine: Machine,
  hostKey: pulumi.Output<string>,
  dialErrorLimit: number,
): command.types.input.remote.ConnectionArgs {
  const { host, port, user, privateKey, bastion } = machine.ssh;
  const proxy = bastion && {
    host: bastion.host,
    port: bastion.port,
    user: bastion.user,
    privateKey: bastion.privateKey,
    hostKey: bastion.hostKey,
    dialErrorLimit,
  };
  return { host, port, user, privateKey, hostKey, dialErrorLimit, proxy };
}
