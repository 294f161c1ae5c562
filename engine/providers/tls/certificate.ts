import type { KeyObject } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import { type Diff, plain, type PropertyMap, type ResourceState, type ResourceType } from "../provider.ts";
import { boolean, type Fields, integer, list, oneOf } from "../shape.ts";
import { pem } from "./openSsh.ts";
import { check, diff, outputsOf, type Schema } from "./resource.ts";
import { type AlternativeNames, alternativeNames, newSerial, signer, subjectKeyId } from "./x509.ts";

/** Bits of the key usage, RFC 5280, section 4.2.1.3. */
const keyUsages: Record<string, number> = {
  digital_signature: 1,
  key_encipherment: 4,
  cert_signing: 32,
  crl_signing: 64,
};

/** Object identifiers of the extended key usage: RFC 5280, section 4.2.1.12. */
const extendedKeyUsages: Record<string, string> = {
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
};

/** What both kinds of certificate take. */
export const certificateInputs: Fields = {
  allowedUses: list(oneOf(...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages))),
  validityPeriodHours: integer(0),
  earlyRenewalHours: integer(0).nullish(),
  isCaCertificate: boolean.nullish(),
  setSubjectKeyId: boolean.nullish(),
};

export const certificateDefaults = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false };

/** The values of {@link certificateInputs}. */
export interface Certificate {
  allowedUses: string[];
  validityPeriodHours: number;
  earlyRenewalHours?: number;
  isCaCertificate?: boolean;
  setSubjectKeyId?: boolean;
}

/** Whom a certificate is for and who signs it. */
export interface Parties {
  subject: X509.Name;
  names?: AlternativeNames;
  /** DER of the subject's public key. */
  publicKey: Buffer;
  signingKey: KeyObject;
  /** Without it the certificate signs itself. */
  issuer?: X509.X509Certificate;
}

const hour = 3_600_000;

/** Makes a certificate; returns its id and what the state keeps of it. */
export async function issue(
  lib: typeof X509,
  args: Certificate,
  parties: Parties,
): Promise<{ id: string; computed: PropertyMap }> {
  const { subject, publicKey, issuer } = parties;
  // DER has whole seconds.
  const start = new Date(Math.floor(Date.now() / 1000) * 1000);
  const end = new Date(start.getTime() + args.validityPeriodHours * hour);
  const serial = newSerial();
  const keys = signer(parties.signingKey);
  const certificate = await lib.X509CertificateGenerator.create({
    serialNumber: serial.hex,
    subject,
    issuer: issuer?.subjectName ?? subject,
    notBefore: start,
    notAfter: end,
    publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: keys.algorithm,
    extensions: extensions(lib, args, parties),
  });
  return {
    id: serial.decimal,
    computed: {
      id: serial.decimal,
      certPem: pem("CERTIFICATE", Buffer.from(certificate.rawData)),
      readyForRenewal: alwaysReady(args),
      validityStartTime: rfc3339(start),
      validityEndTime: rfc3339(end),
    },
  };
}

/** In the order of Go's crypto/x509. */
function extensions(
  lib: typeof X509,
  args: Certificate,
  { subject, names = {}, publicKey, issuer }: Parties,
): X509.Extension[] {
  const emptySubject = subject.toJSON().length === 0;
  const isCa = args.isCaCertificate ?? false;
  if (isCa && emptySubject)
    throw new Error("a certificate authority needs a subject; set subject.commonName");
  const usage = args.allowedUses.reduce((bits, use) => bits | (keyUsages[use] ?? 0), 0);
  const extended = args.allowedUses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const ownId = isCa || args.setSubjectKeyId ? subjectKeyId(publicKey) : undefined;
  const authorityId = issuer?.getExtension(lib.SubjectKeyIdentifierExtension)?.keyId;
  return [
    ...(usage ? [new lib.KeyUsagesExtension(usage, true)] : []),
    ...(extended.length ? [new lib.ExtendedKeyUsageExtension(extended)] : []),
    new lib.BasicConstraintsExtension(isCa, undefined, true),
    ...(ownId ? [new lib.SubjectKeyIdentifierExtension(ownId)] : []),
    ...(authorityId ? [new lib.AuthorityKeyIdentifierExtension(authorityId)] : []),
    ...alternativeNames(lib, names, emptySubject),
  ];
}

/** A resource that is a certificate; how it is made differs. */
export function certificateResource(schema: Schema, create: ResourceType["create"]): ResourceType {
  return {
    check: (news) => check(schema, news),
    diff: (olds, news) => certificateDiff(schema, olds, news),
    create,
    read: (id, state) => Promise.resolve(refreshed(id, state)),
    update: (_id, olds, news) => Promise.resolve(updated(schema, olds, news)),
  };
}

/**
 * Differences, and a replacement of a certificate that is inside its early-renewal window. One that a refresh found
 * there, but that no longer is, is updated.
 */
function certificateDiff(schema: Schema, olds: ResourceState, news: PropertyMap): Diff {
  const { changed, replace } = diff(schema, olds, news);
  const hours = plain(news.earlyRenewalHours ?? 0);
  const due = typeof hours === "number" && isDue(olds.outputs, hours);
  const stale =
    plain(olds.outputs.readyForRenewal ?? false) !== alwaysReady(plain(news) as unknown as Certificate);
  return {
    changed: due || stale ? [...changed, "readyForRenewal"] : changed,
    replace: due ? [...replace, "readyForRenewal"] : replace,
  };
}

/** Only earlyRenewalHours can change without a new certificate. */
function updated(schema: Schema, olds: ResourceState, news: PropertyMap): { outputs: PropertyMap } {
  const readyForRenewal = alwaysReady(plain(news) as unknown as Certificate);
  return { outputs: { ...olds.outputs, ...outputsOf(schema, news, { readyForRenewal }) } };
}

/** The state, with readyForRenewal as it is now. */
function refreshed(id: string, { inputs, outputs }: ResourceState): { id: string } & ResourceState {
  const due = isDue(outputs, Number(plain(outputs.earlyRenewalHours ?? 0)));
  return { id, inputs, outputs: due ? { ...outputs, readyForRenewal: true } : outputs };
}

function isDue(outputs: PropertyMap, earlyRenewalHours: number): boolean {
  const end = plain(outputs.validityEndTime ?? null);
  return typeof end === "string" && Date.parse(end) - earlyRenewalHours * hour <= Date.now();
}

function alwaysReady({ validityPeriodHours, earlyRenewalHours = 0 }: Certificate): boolean {
  return validityPeriodHours === 0 || earlyRenewalHours >= validityPeriodHours;
}

function rfc3339(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
