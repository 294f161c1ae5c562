import * as pulumi from "@pulumi/pulumi";
import type { AllowedClient } from "../frontDoor/allowList";
import { type ClientArgs, decadeHours, healthClient, lifetime } from "./clientArgs";
import { fingerprint } from "./fingerprint";
import { type Issuer, type KeyPair, selfSignedIssuer, signedIdentity } from "./identity";

/** A key pair that ends some day. */
export type Identity = KeyPair & {
  /** When the certificate expires, RFC 3339, e.g. `2027-11-21T07:00:00Z`. */
  expires: pulumi.Output<string>;
};

export interface AuthorityArgs {
  /** IP addresses for the server's certificate besides 127.0.0.1. */
  addresses: pulumi.Input<string[]>;
  /** DNS names for the server's certificate besides localhost. */
  serverNames: string[];
  /** Everybody who may use the daemon. */
  clients: ClientArgs[];
}

/**
 * The certificate authority: the root, which signs the server and the clients, and the inner pair by which the
 * front door and dockerd know each other. All keys are ECDSA P-256.
 */
export class Authority extends pulumi.ComponentResource {
  /** The root's certificate, PEM: ca.pem of every client bundle. */
  readonly root: pulumi.Output<string>;
  /** When the root expires, RFC 3339. */
  readonly rootExpires: pulumi.Output<string>;
  /** Who the front door is to clients. */
  readonly server: Identity;
  /** By name, the reserved client `health` among them. */
  readonly clients: Record<string, Identity>;
  /** What the front door admits. */
  readonly allowed: pulumi.Output<AllowedClient[]>;
  /** Between front door and dockerd; signed by an issuer that the root knows nothing of. */
  readonly inner: { issuer: pulumi.Output<string>; server: KeyPair; client: KeyPair };
  /** Certificates that the front door must refuse: signed by the root but on no list, and signed by themselves. */
  readonly refused: { unlisted: KeyPair; selfSigned: KeyPair };

  constructor(name: string, args: AuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:authority:Authority", name, {}, opts);
    const child = { parent: this };
    const root = selfSignedIssuer(
      `${name}-root`,
      "remote-docker root",
      { validityHours: decadeHours, earlyRenewalHours: 0 },
      child,
    );
    const inner = selfSignedIssuer(
      `${name}-inner`,
      "remote-docker inner",
      { validityHours: decadeHours, earlyRenewalHours: 0 },
      child,
    );

    this.root = root.certificate;
    this.rootExpires = root.expires;
    this.server = signedIdentity(
      `${name}-server`,
      {
        commonName: "remote-docker server",
        usage: "serverAuth",
        issuer: root,
        dnsNames: ["localhost", ...args.serverNames.filter((other) => other !== "localhost")],
        ipAddresses: pulumi
          .output(args.addresses)
          .apply((addresses) => [...new Set(["127.0.0.1", ...addresses])]),
        ...lifetime(),
      },
      child,
    );
    this.clients = clientIdentities(`${name}-client`, [...args.clients, { name: healthClient }], root, child);
    this.allowed = allowedClients(this.clients);
    this.inner = {
      issuer: inner.certificate,
      server: innerIdentity(`${name}-inner-server`, "dockerd", "serverAuth", inner, child),
      client: innerIdentity(`${name}-inner-client`, "front door", "clientAuth", inner, child),
    };
    this.refused = {
      unlisted: signedIdentity(
        `${name}-unlisted`,
        { commonName: "unlisted", usage: "clientAuth", issuer: root, ...lifetime() },
        child,
      ),
      selfSigned: selfSignedIssuer(`${name}-self-signed`, "self-signed", lifetime(), child),
    };
    this.registerOutputs({});
  }
}

function clientIdentities(
  name: string,
  clients: ClientArgs[],
  issuer: Issuer,
  opts: pulumi.ResourceOptions,
): Record<string, Identity> {
  return Object.fromEntries(
    clients.map((client) => [
      client.name,
      signedIdentity(
        `${name}-${client.name}`,
        { commonName: client.name, usage: "clientAuth", issuer, ...lifetime(client.validityHours) },
        opts,
      ),
    ]),
  );
}

function allowedClients(clients: Record<string, Identity>): pulumi.Output<AllowedClient[]> {
  return pulumi.all(
    Object.entries(clients).map(([name, { certificate }]) =>
      certificate.apply((pem) => ({ name, fingerprint: fingerprint(pem) })),
    ),
  );
}

function innerIdentity(
  name: string,
  commonName: string,
  usage: "serverAuth" | "clientAuth",
  issuer: Issuer,
  opts: pulumi.ResourceOptions,
): KeyPair {
  // dockerd's Go client and HAProxy's verifyhost both look for a name, never at the common name.
  const dnsNames = usage === "serverAuth" ? ["localhost"] : undefined;
  const ipAddresses = usage === "serverAuth" ? ["127.0.0.1"] : undefined;
  return signedIdentity(
    name,
    { commonName, usage, issuer, dnsNames, ipAddresses, validityHours: decadeHours, earlyRenewalHours: 0 },
    opts,
  );
}
