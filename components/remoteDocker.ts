import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { Authority } from "./authority/authority";
import { bySsh, certified } from "./authority/clientArgs";
import { rootsOf } from "./authority/rotation";
import {
  bundlesFolder,
  claimOfBundles,
  ClientBundle,
  type BundleFiles,
  type ClientEnvironment,
} from "./clients/clientBundle";
import { sshEnvironment } from "./clients/sshEnvironment";
import { claimOfOperator, OperatorAccess, type OperatorConnection } from "./clients/operatorAccess";
import { pulse } from "./health/pulse";
import { Health } from "./health/health";
import { minimumTls } from "./frontDoor/tlsVersions";
import { DockerHost, lastingHostKey } from "./host/dockerHost";
import { newMachine } from "./machine/kinds";
import type { Power } from "./machine/machine";
import { noticeExpiry, noticeRotation } from "./notices";
import { onceThere } from "./onceThere";
import { ownName } from "./ownership/claim";
import { dialedAddress } from "./dialedAddress";
import { type RemoteDockerArgs, remoteDockerProblems } from "./remoteDockerArgs";
import { refuse } from "./validation";

export type { RemoteDockerArgs } from "./remoteDockerArgs";

/**
 * A shared remote Docker daemon: a machine, a certificate authority, a hardened dockerd behind one open port, and for
 * every client a folder that `docker` can use as it is.
 *
 * @example
 * const docker = new RemoteDocker("docker", { machine: "local", clients: [{ name: "alice" }] });
 * export const clients = docker.clients;
 */
export class RemoteDocker extends pulumi.ComponentResource {
  /** What each client sets to reach the daemon, by its name. */
  readonly clients: Record<string, ClientEnvironment>;
  /** The files of each client's bundle, by the client's name. A secret: they hold the private keys. */
  readonly bundles: pulumi.Output<Record<string, BundleFiles>>;
  /** When the server's certificate expires, RFC 3339. */
  readonly serverCertificateExpires: pulumi.Output<string>;
  /** When the newest root expires, RFC 3339. */
  readonly rootExpires: pulumi.Output<string>;
  /** `moving` while clients move from one root to the next, else `none`. */
  readonly rotationPhase: pulumi.Output<"none" | "moving">;
  /** Who has not used a certificate of the new root yet, while clients move over; else nobody. */
  readonly notMovedOver: pulumi.Output<string[]>;
  /** The command that opens a shell on the machine for whoever is on call. */
  readonly sshCommand: pulumi.Output<string>;
  /** The same for a program, which needs no file. */
  readonly operator: OperatorConnection;
  /** How the machine is stopped and started again. */
  readonly power: Power;
  /** What the machine costs a month, as text. */
  readonly estimatedMonthlyCost: string;

  /** @throws InputPropertiesError which names every argument that is wrong, before anything is created */
  constructor(name: string, args: RemoteDockerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:index:RemoteDocker", name, {}, opts);
    refuse(remoteDockerProblems(args));
    const child = { parent: this };
    const own = ownName(pulumi.getStack(), name);
    const rotating = rootsOf(args.rotation ?? {}).trusted.length > 1;

    const authority = new Authority(
      `${name}-authority`,
      { clients: args.clients, rotation: args.rotation },
      child,
    );
    const dialed = dialedAddress(args.address);
    const machine = newMachine(`${name}-machine`, args, child);
    const clientsDial = {
      address: dialed.host === undefined ? machine.address : pulumi.output(dialed.host),
      port: dialed.port === undefined ? machine.port : pulumi.output(dialed.port),
    };
    const server = authority.certifyServer({
      addresses: machine.certificateAddresses.apply((all) => [...all, ...dialed.addresses]),
      serverNames: [...(args.serverNames ?? []), ...(machine.certificateNames ?? []), ...dialed.names],
    });
    const hostKey = new tls.PrivateKey(`${name}-host-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child);
    const owner = hostKey.publicKeyFingerprintSha256;
    const bundlesClaim = claimOfBundles(
      `${name}-bundles-claim`,
      own,
      { owner, evidence: authority.root },
      child,
    );
    const operatorClaim = claimOfOperator(
      `${name}-operator-claim`,
      own,
      { owner, evidence: pulumi.interpolate`remote-docker ${hostKey.publicKeyOpenssh}` },
      child,
    );
    const host = new DockerHost(
      `${name}-host`,
      {
        machine,
        hostKey,
        trust: { root: authority.root, inner: authority.inner, server },
        clients: authority.allowed,
        sshClients: bySsh(args.clients),
        certificates: Object.values(authority.clients).map(({ certificate }) => certificate),
        movers: { clients: authority.moved, leaveBehind: args.rotation?.leaveBehind ?? [] },
        rotating,
        complaint: pulse({ ...clientsDial, root: authority.root, client: authority.health }),
        limits: Object.fromEntries(args.clients.map(({ name: client, limits = {} }) => [client, limits])),
        minimumTls: minimumTls(args.minimumTls),
        daemon: args.daemon,
        daemonExtra: args.daemonExtra,
      },
      child,
    );
    const health = new Health(
      `${name}-health`,
      {
        ...clientsDial,
        root: authority.root,
        client: authority.health,
        refused: authority.refused,
        allowed: authority.allowed,
        minimumTls: minimumTls(args.minimumTls),
        bundles: bundlesFolder(own),
        after: { CONFIGURATION: host.configuration, MACHINE: machine.incarnation, START: machine.start },
      },
      child,
    );
    const bundles = certified(args.clients).map(({ name: client }): [string, ClientBundle] => [
      client,
      new ClientBundle(
        `${name}-client-${client}`,
        {
          client,
          folder: bundlesFolder(own),
          identity: authority.clients[client],
          root: authority.root,
          dialed: clientsDial,
        },
        { ...child, dependsOn: [health, bundlesClaim] },
      ),
    ]);
    const ssh = sshEnvironment({
      address: clientsDial.address,
      // A host that was there before has its sshd elsewhere than behind the front door.
      port: machine.theirs === undefined ? clientsDial.port : machine.ssh.port,
      hostKey: lastingHostKey(machine, hostKey),
    });
    const operator = new OperatorAccess(
      `${name}-operator`,
      { machine, own, hostKey: lastingHostKey(machine, hostKey) },
      { ...child, dependsOn: [host, operatorClaim] },
    );

    this.bundles = pulumi.secret(
      pulumi.output(Object.fromEntries(bundles.map(([client, { files }]) => [client, files]))),
    );
    // What a refused change would have brought must not be shown, or handed over, as what holds.
    const held = <T>(value: pulumi.Input<T>) => onceThere(value, host.configuration);
    const waysBySsh = { DOCKER_HOST: held(ssh.DOCKER_HOST), knownHosts: held(ssh.knownHosts) };
    this.clients = {
      ...Object.fromEntries(bundles.map(([client, { environment }]) => [client, environment])),
      ...Object.fromEntries(
        bySsh(args.clients).map(({ name: client }) => {
          const bundle = bundles.find(([one]) => one === client)?.[1].environment;
          return [client, { ...(bundle ?? { DOCKER_HOST: waysBySsh.DOCKER_HOST }), ssh: waysBySsh }];
        }),
      ),
    };
    this.serverCertificateExpires = held(server.expires);
    this.rootExpires = held(authority.rootExpires);
    this.rotationPhase = held<"moving" | "none">(rotating ? "moving" : "none");
    this.notMovedOver = host.notMovedOver;
    this.sshCommand = operator.sshCommand;
    this.operator = operator.connection;
    if (args.address === undefined && machine.dialedHereOnly !== undefined)
      void pulumi.log.warn(machine.dialedHereOnly, this);
    noticeExpiry(authority, server, args.clients, this);
    if (rotating) noticeRotation(host.notMovedOver, this);
    this.power = machine.power;
    this.estimatedMonthlyCost = machine.estimatedMonthlyCost;
    this.registerOutputs({});
  }
}
