import { Command } from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import type { KeyPair } from "../authority/identity";
import { defaultTls, type TlsVersion } from "../frontDoor/tlsVersions";
import { scriptPath } from "../scriptPath";

export interface HealthArgs {
  /** Address that clients dial. */
  address: pulumi.Input<string>;
  /** Port that clients dial. */
  port: pulumi.Input<number>;
  /** The root's certificate, PEM. */
  root: pulumi.Input<string>;
  /** The reserved client `health`. */
  client: KeyPair;
  /** Certificates that must be refused. */
  refused: { unlisted: KeyPair; selfSigned: KeyPair };
  /** The certificates that are admitted: every other one in a bundle on this computer must be refused. */
  allowed: pulumi.Output<{ fingerprint: string }[]>;
  /** The oldest TLS version that is spoken: the one before it must be refused. Default: 1.2. */
  minimumTls?: TlsVersion;
  /** Folder of the client bundles, relative to the user's home. */
  bundles: string;
  /** What the probe follows: it runs again when any of these changes. */
  after: Record<string, pulumi.Input<string>>;
}

/** Seconds that a daemon has to answer: a machine that has just been started may need them to boot. */
const patienceSeconds = 180;

/**
 * The probe from outside, after every change: a request with a client's certificate is answered, and requests without
 * one, with a self-signed one, with one that is not on the allow-list, by a TLS version that is too old and in plain text are refused. So are
 * those with the certificate of a client who was just removed, as long as the bundle is on this computer.
 */
export class Health extends pulumi.ComponentResource {
  /** What the probe saw, e.g. `Docker 26.1.5 answers at 127.0.0.1:2376`. */
  readonly seen: pulumi.Output<string>;

  constructor(name: string, args: HealthArgs, opts?: pulumi.ComponentResourceOptions) {
    super("remote-docker:health:Health", name, {}, opts);
    const { address, port, root, client, refused, allowed, minimumTls, bundles, after } = args;
    const target = pulumi.jsonStringify({
      host: address,
      port,
      root,
      client: pair(client),
      unlisted: pair(refused.unlisted),
      selfSigned: pair(refused.selfSigned),
      allowed: allowed.apply((all) => all.map(({ fingerprint }) => fingerprint)),
      tooOld: (minimumTls ?? defaultTls) === "1.2" ? "1.1" : "1.2",
      bundles,
      patienceSeconds,
    });
    const probe = new Command(
      `${name}-probe`,
      {
        create: `node ${scriptPath(__dirname, "probe.js")}`,
        stdin: pulumi.secret(target),
        environment: after,
      },
      { parent: this },
    );
    this.seen = probe.stdout;
    this.registerOutputs({});
  }
}

function pair({ certificate, key }: KeyPair): KeyPair {
  return { certificate, key };
}
