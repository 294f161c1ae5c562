import type { Command } from "@pulumi/command/local";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ClientIdentity } from "../authority/clientIdentity";
import { daysLeft } from "../authority/expiry";
import { inUrl } from "../dialedAddress";
import { claim, type ClaimArgs } from "../ownership/claim";
import { onceThere } from "../onceThere";
import { privateFolder } from "./privateFolder";
import type { SshEnvironment } from "./sshEnvironment";

export interface ClientBundleArgs {
  /** The client's name. */
  client: string;
  /** Folder of all bundles, relative to the user's home: {@link bundlesFolder}. */
  folder: string;
  identity: ClientIdentity;
  /** The trusted roots' certificates, PEM. */
  root: pulumi.Output<string>;
  /** Address and port that clients dial. */
  dialed: { address: pulumi.Output<string>; port: pulumi.Output<number> };
}

/** Marks the folder of all bundles as the stack's own; the evidence is the roots' certificates, PEM. */
export function claimOfBundles(
  name: string,
  own: string,
  proof: Pick<ClaimArgs, "owner" | "evidence">,
  opts: pulumi.CustomResourceOptions,
): Command {
  const folder = bundlesFolder(own);
  return claim(name, { ...proof, folder, lost: `rm -rf "$HOME/${folder}"` }, opts);
}

/** The files of a client bundle, PEM. key.pem is missing where its owner alone has the private key. */
export interface BundleFiles {
  "ca.pem": string;
  "cert.pem": string;
  "key.pem"?: string;
}

/** What `docker` needs to reach the daemon as one client. */
export interface ClientEnvironment {
  /** e.g. `tcp://127.0.0.1:2376`; of a client without a certificate the one of `ssh`. */
  DOCKER_HOST: pulumi.Output<string>;
  /** The client bundle's folder, absolute. Missing: the client has no certificate. */
  DOCKER_CERT_PATH?: string;
  /** Always `1`: without it `docker` sends plain text. Missing: the client has no certificate. */
  DOCKER_TLS_VERIFY?: string;
  /** When the client's certificate expires, RFC 3339. */
  expires?: pulumi.Output<string>;
  /** Whole days until then. */
  daysLeft?: pulumi.Output<number>;
  /** The way by SSH. Missing: the client has no key of SSH. */
  ssh?: SshEnvironment;
}

/**
 * Where a stack's client bundles are, relative to the user's home.
 *
 * @param own the stack's name on this computer: {@link file://./../ownership/claim.ts}
 */
export function bundlesFolder(own: string): string {
  return path.posix.join(".docker", "remote", own);
}

/**
 * A client bundle: the folder `~/.docker/remote/<stack>/<client>` with ca.pem, cert.pem (0444) and key.pem (0400),
 * which DOCKER_CERT_PATH points at. It is written once the front door has let the certificate in. A client who gave a request
 * puts key.pem there by hand: that certificate can't be tried.
 */
export class ClientBundle extends pulumi.ComponentResource {
  readonly environment: ClientEnvironment;
  /** A secret. */
  readonly files: pulumi.Output<BundleFiles>;

  constructor(name: string, args: ClientBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:clients:ClientBundle", name, {}, opts);
    const { certificate, key, expires } = args.identity;
    const { address, port } = args.dialed;
    const folder = path.posix.join(args.folder, args.client);
    const written = privateFolder(
      `${name}-folder`,
      folder,
      [
        { name: "ca.pem", mode: "0444", content: args.root },
        { name: "cert.pem", mode: "0444", content: certificate },
        { name: "key.pem", mode: "0400", content: key },
      ],
      { parent: this },
      key === undefined
        ? undefined
        : { client: args.client, host: address, port, root: args.root, certificate, key },
    );
    const common = { "ca.pem": args.root, "cert.pem": certificate };
    const files = pulumi.output(key === undefined ? common : { ...common, "key.pem": key });
    // Known once the daemon admits them: what a failed change would have brought must not be handed over.
    const admitted = <T>(value: pulumi.Output<T>) => onceThere(value, written.id);
    const ends = admitted(expires);
    this.files = pulumi.secret(admitted(files));
    this.environment = {
      DOCKER_HOST: pulumi.interpolate`tcp://${address.apply(inUrl)}:${port}`,
      DOCKER_CERT_PATH: path.join(os.homedir(), folder),
      DOCKER_TLS_VERIFY: "1",
      expires: ends,
      daysLeft: ends.apply((date) => daysLeft(date)),
    };
    this.registerOutputs({});
  }
}
