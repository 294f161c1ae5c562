import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "../authority/authority";
import { privateFolder } from "./privateFolder";

export interface ClientBundleArgs {
  /** The client's name. */
  client: string;
  identity: Identity;
  /** The root's certificate, PEM. */
  root: pulumi.Input<string>;
  /** Where the daemon answers, e.g. `tcp://127.0.0.1:2376`. */
  dockerHost: pulumi.Output<string>;
}

/** What `docker` needs to reach the daemon as one client. */
export interface ClientEnvironment {
  /** e.g. `tcp://127.0.0.1:2376` */
  DOCKER_HOST: pulumi.Output<string>;
  /** The client bundle's folder, absolute. */
  DOCKER_CERT_PATH: string;
  /** Always `1`: without it `docker` sends plain text. */
  DOCKER_TLS_VERIFY: string;
  /** When the client's certificate expires, RFC 3339. */
  expires: pulumi.Output<string>;
}

/**
 * A client bundle: the folder `~/.docker/remote/<stack>/<client>` with ca.pem, cert.pem (0444) and key.pem (0400),
 * which DOCKER_CERT_PATH points at.
 */
export class ClientBundle extends pulumi.ComponentResource {
  readonly environment: ClientEnvironment;

  constructor(name: string, args: ClientBundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:clients:ClientBundle", name, {}, opts);
    const folder = path.posix.join(".docker", "remote", pulumi.getStack(), args.client);
    privateFolder(
      `${name}-folder`,
      folder,
      [
        { name: "ca.pem", mode: "0444", content: args.root },
        { name: "cert.pem", mode: "0444", content: args.identity.certificate },
        { name: "key.pem", mode: "0400", content: args.identity.key },
      ],
      { parent: this },
    );
    this.environment = {
      DOCKER_HOST: args.dockerHost,
      DOCKER_CERT_PATH: path.join(os.homedir(), folder),
      DOCKER_TLS_VERIFY: "1",
      expires: args.identity.expires,
    };
    this.registerOutputs({});
  }
}
