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

/**
 * All certificates that clients may come in with: those of now, and of each the predecessors with the same key that
 * haven't expired. Without them a renewal would lock out whoever hasn't fetched the new certificate yet. They are
 * remembered in the stack's state, by the output of a command. The newest of each name comes first.
 *
 * The update fails where a client would be left with certificates of a root that is no longer trusted alone.
 *
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
  const certificates = Object.entries(current).map(([client, { certificate }]) => ({
    name: client,
    root,
    certificate,
  }));
  const command = new Command(
    name,
    {
      create: `node ${scriptPath(__dirname, "issued.js")}`,
      stdin: pulumi.jsonStringify({ certificates, ...roots }),
      logging: "stderr",
    },
    opts,
  );
  return command.stdout.apply((text) => JSON.parse(text) as IssuedCertificate[]);
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
