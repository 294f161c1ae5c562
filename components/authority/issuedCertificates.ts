import { createHash } from "node:crypto";
import { Command } from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { scriptPath } from "../scriptPath";

/** A certificate that a client may come in with. */
export interface IssuedCertificate {
  /** The client's name. */
  name: string;
  /** Generation of the root that signed it. */
  root: number;
  /** SHA-256 of the certificate's DER, 64 lower-case hexadecimal digits. */
  fingerprint: string;
  /** When it expires, RFC 3339. */
  expires: string;
}

/** As issued.js prints it: name, root, fingerprint, digest of the key, when it expires. */
type Entry = [string, number, string, string, string];

/**
 * Among how many commands the clients are divided. Each is given its earlier output in one variable of its environment,
 * which can hold some 900 certificates.
 */
const shards = 16;

/** Which of the commands remembers a client's certificates. It must stay the same for ever. */
export function shardOf(client: string): number {
  return createHash("sha256").update(client).digest()[0] % shards;
}

/**
 * All certificates that clients may come in with: those of now, and of each the predecessors with the same key that
 * haven't expired. Without them a renewal would lock out whoever hasn't fetched the new certificate yet. They are
 * remembered in the stack's state, by the outputs of commands. In the order of the clients, the newest of each first.
 *
 * The update fails where a client would be left with certificates of a root that is no longer trusted alone, and where
 * there are more certificates than can be remembered.
 *
 * @param name of the command of the first shard, which is always there: until there were shards it remembered everybody,
 * and hands on what it has of others. That of another shard, like `<name>-11`, is there once a client belongs to it
 * @param current by client's name
 * @param root generation of the root that signed them
 * @param roots generations of the roots that are trusted, and who isn't waited for
 */
export function issuedCertificates(
  name: string,
  current: Record<string, { certificate: pulumi.Output<string> }>,
  root: number,
  roots: { trusted: number[]; leaveBehind: string[] },
  opts: pulumi.ResourceOptions,
): pulumi.Output<IssuedCertificate[]> {
  const everybody = Object.entries(current).map(([client, { certificate }]) => ({
    name: client,
    root,
    certificate,
  }));
  const remember = (shard: number, others: Certificate[], handedOn: pulumi.Input<Entry[]>) => {
    const certificates = everybody.filter((one) => shardOf(one.name) === shard);
    const input = { certificates, others, handedOn, ...roots };
    return issuedOf(shard === 0 ? name : `${name}-${shard}`, input, opts);
  };
  const first = remember(
    0,
    everybody.filter((one) => shardOf(one.name) !== 0),
    [],
  );
  const used = new Set(everybody.map((one) => shardOf(one.name)));
  used.delete(0);
  const rest = [...used].map((shard) => {
    const handedOn = first.apply((output) => output.handedOn.filter(([client]) => shardOf(client) === shard));
    return remember(shard, [], handedOn);
  });
  const place = new Map(everybody.map((one, index) => [one.name, index]));
  return pulumi.all([first, ...rest]).apply((outputs) =>
    outputs
      .flatMap(({ issued }) => issued)
      .sort(([one], [other]) => place.get(one)! - place.get(other)!)
      .map(([client, signer, fingerprint, , expires]) => ({
        name: client,
        root: signer,
        fingerprint,
        expires,
      })),
  );
}

type Certificate = { name: string; root: number; certificate: pulumi.Output<string> };

function issuedOf(name: string, input: object, opts: pulumi.ResourceOptions) {
  const { stdout } = new Command(
    name,
    {
      create: `node ${scriptPath(__dirname, "issued.js")}`,
      stdin: pulumi.jsonStringify(input),
      logging: "stderr",
    },
    opts,
  );
  return stdout.apply((text) => JSON.parse(text) as { issued: Entry[]; handedOn: Entry[] });
}

/**
 * Of each name the certificates since the root that signs changed for the last time: whoever uses one of them trusts
 * that root. Those that it signed before a change to another root and back don't count.
 *
 * @param all the newest of each name first
 */
export function sinceRootChanged(all: IssuedCertificate[], root: number): IssuedCertificate[] {
  const ended = new Set<string>();
  return all.filter((one) => {
    if (one.root !== root) ended.add(one.name);
    return !ended.has(one.name);
  });
}
