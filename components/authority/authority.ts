import * as pulumi from "@pulumi/pulumi";
import { certified, type ClientArgs, healthClient } from "./clientArgs";
import { type ClientIdentity, clientIdentity } from "./clientIdentity";
import {
  generationName,
  type Holder,
  type Issued,
  type KeyPair,
  requested,
  type Root,
  selfSignedIssuer,
  signed,
  type Usage,
} from "./identity";
import { type IssuedCertificate, issuedCertificates, sinceRootChanged } from "./issuedCertificates";
import { decadeHours, lifetime } from "./lifetime";
import { type RotationArgs, rootsOf } from "./rotation";

export interface AuthorityArgs {
  /** Everybody who may use the daemon. */
  clients: ClientArgs[];
  /** Which generation of each key is in use. Default: the first of each. */
  rotation?: RotationArgs;
}

/** What clients dial a server by. */
export interface ServerArgs {
  /** IP addresses for its certificate besides 127.0.0.1. */
  addresses: pulumi.Input<string[]>;
  /** DNS names for its certificate besides localhost. */
  serverNames: string[];
}

/** A root or an inner issuer lives ten years. It is made anew once it has expired, with its key: never early. */
const issuerLifetime = { validityHours: decadeHours, earlyRenewalHours: 0 };

/**
 * The certificate authority: the root, which signs the server and the clients, and the inner pair by which the
 * front door and dockerd know each other. All keys that it makes are ECDSA P-256.
 */
export class Authority extends pulumi.ComponentResource {
  /** The trusted roots' certificates, PEM, one after the other: ca.pem of every client bundle. */
  readonly root: pulumi.Output<string>;
  /** When the newest root expires, RFC 3339. */
  readonly rootExpires: pulumi.Output<string>;
  /** Of those that have a certificate, by name; {@link health} is apart. */
  readonly clients: Record<string, ClientIdentity>;
  /** What the front door admits. */
  readonly allowed: pulumi.Output<IssuedCertificate[]>;
  /** Clients' certificates by the newest root: who uses one has moved over to it. */
  readonly moved: pulumi.Output<IssuedCertificate[]>;
  /** Between front door and dockerd; signed by an issuer that the root knows nothing of. */
  readonly inner: {
    issuer: pulumi.Output<string>;
    server: KeyPair;
    client: KeyPair;
    expires: pulumi.Output<string>;
  };
  /** The reserved client by which the health check proves that the daemon answers. */
  readonly health: KeyPair;
  /** Certificates that the front door must refuse: signed by the root but on no list, and signed by themselves. */
  readonly refused: { unlisted: KeyPair; selfSigned: KeyPair };
  private readonly name: string;
  private readonly serversRoot: Root;
  private readonly serverGeneration: number;

  constructor(name: string, args: AuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:authority:Authority", name, {}, opts);
    const child = { parent: this };
    const { rotation = {} } = args;
    const roots = rootsOf(rotation);
    const trusted = new Map(
      roots.trusted.map((generation) => [generation, newRoot(name, generation, child)]),
    );
    const newest = trusted.get(roots.clients)!;

    this.root = pulumi
      .all([...trusted.values()].map(({ certificate }) => certificate))
      .apply((all) => all.join(""));
    this.rootExpires = newest.expires;
    this.name = name;
    this.serversRoot = trusted.get(roots.server)!;
    this.serverGeneration = rotation.server ?? 1;
    const identities = certified(args.clients).map(
      (client) => [client.name, clientIdentity(name, client, newest, child)] as const,
    );
    const ownClient = (of: string, commonName: string) =>
      leaf(`${name}-${of}`, { commonName }, "clientAuth", newest, child);
    const health = ownClient(`client-${healthClient}`, healthClient);
    this.clients = Object.fromEntries(identities);
    this.health = health;
    this.allowed = issuedCertificates(
      `${name}-issued`,
      { ...this.clients, [healthClient]: health },
      newest.generation,
      // The health check's own certificate is nobody's to fetch.
      { trusted: roots.trusted, leaveBehind: [...(rotation.leaveBehind ?? []), healthClient] },
      child,
    );
    this.moved = this.allowed.apply((all) =>
      sinceRootChanged(all, newest.generation).filter(({ name: client }) => client !== healthClient),
    );
    this.inner = innerPair(generationName(`${name}-inner`, rotation.inner ?? 1), child);
    this.refused = {
      unlisted: ownClient("unlisted", "unlisted"),
      selfSigned: selfSignedIssuer(`${name}-self-signed`, "self-signed", lifetime(), child),
    };
    this.registerOutputs({});
  }

  /** Who a front door is to clients. Several may be certified, each under another name. */
  certifyServer(args: ServerArgs, name = `${this.name}-server`): KeyPair & Issued {
    const own = generationName(name, this.serverGeneration);
    return leaf(own, serverHolder(args), "serverAuth", this.serversRoot, { parent: this });
  }
}

function newRoot(name: string, generation: number, opts: pulumi.ResourceOptions): Root {
  const commonName = generation === 1 ? "remote-docker root" : `remote-docker root ${generation}`;
  const own = generationName(`${name}-root`, generation);
  return { generation, ...selfSignedIssuer(own, commonName, issuerLifetime, opts) };
}

function serverHolder({ addresses, serverNames }: ServerArgs): Holder {
  return {
    commonName: "remote-docker server",
    dnsNames: ["localhost", ...serverNames.filter((other) => other !== "localhost")],
    ipAddresses: pulumi.output(addresses).apply((all) => [...new Set(["127.0.0.1", ...all])]),
  };
}

/** A new key, and a certificate for it by a root. */
function leaf(
  name: string,
  holder: Holder,
  usage: Usage,
  root: Root,
  opts: pulumi.ResourceOptions,
): KeyPair & Issued {
  const { key, request } = requested(name, holder, opts);
  const certificate = generationName(`${name}-certificate`, root.generation);
  return { key, ...signed(certificate, { request, usage, issuer: root, ...lifetime() }, opts) };
}

function innerPair(name: string, opts: pulumi.ResourceOptions): Authority["inner"] {
  const issuer = selfSignedIssuer(name, "remote-docker inner", issuerLifetime, opts);
  // dockerd's Go client and HAProxy's verifyhost both look for a name, never at the common name.
  const names = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] };
  const server = requested(`${name}-server`, { commonName: "dockerd", ...names }, opts);
  const client = requested(`${name}-client`, { commonName: "front door" }, opts);
  const certificate = (of: string, { request }: typeof server, usage: "serverAuth" | "clientAuth") =>
    signed(`${name}-${of}-certificate`, { request, usage, issuer, ...issuerLifetime }, opts).certificate;
  return {
    issuer: issuer.certificate,
    expires: issuer.expires,
    server: { key: server.key, certificate: certificate("server", server, "serverAuth") },
    client: { key: client.key, certificate: certificate("client", client, "clientAuth") },
  };
}
