import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A private key and a certificate for it, both PEM. */
export interface KeyPair {
  /** The certificate, PEM. */
  certificate: pulumi.Output<string>;
  /** The private key, PEM (PKCS #8), a secret. */
  key: pulumi.Output<string>;
}

/** A certificate that ends some day. */
export interface Issued {
  /** The certificate, PEM. */
  certificate: pulumi.Output<string>;
  /** When it expires, RFC 3339, e.g. `2027-11-21T07:00:00Z`. */
  expires: pulumi.Output<string>;
}

/** Who signs: a private key and its self-signed certificate, both PEM. */
export type Issuer = KeyPair & Issued;

/** The issuer of the server's and the clients' certificates. */
export interface Root extends Issuer {
  /** Which one of its successive generations, from 1. */
  generation: number;
}

/** What a certificate may be used for, as the extended key usage of RFC 5280, section 4.2.1.12. */
export type Usage = "serverAuth" | "clientAuth";

/** Hours of a certificate's life. */
export interface Lifetime {
  /** Hours from issue to expiry. */
  validityHours: number;
  /** Hours before expiry from which `pulumi up` renews it. */
  earlyRenewalHours: number;
}

/** Whom a certificate is for. */
export interface Holder {
  /** Subject common name. */
  commonName: string;
  /** Subject alternative names that are DNS names. Default: none. */
  dnsNames?: pulumi.Input<string[]>;
  /** Subject alternative names that are IP addresses. Default: none. */
  ipAddresses?: pulumi.Input<string[]>;
}

/** A private key and a request for a certificate for it, both PEM. */
export interface Requested {
  /** PKCS #8, a secret. */
  key: pulumi.Output<string>;
  /** PKCS #10. */
  request: pulumi.Output<string>;
}

/** What {@link signed} needs to know. */
export interface SigningArgs extends Lifetime {
  /** The request, PEM: the certificate takes its subject, names and key. */
  request: pulumi.Input<string>;
  usage: Usage;
  issuer: Issuer;
}

const organization = "remote-docker";

const extendedUsage: Record<Usage, string> = { serverAuth: "server_auth", clientAuth: "client_auth" };

/**
 * The name of a later generation's resource; the first one has the plain name. `@` is in no client's name.
 *
 * @example generationName("docker-authority-root", 2) // docker-authority-root@2
 */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}@${generation}`;
}

/** A certificate authority of its own: key and self-signed certificate for signing only. */
export function selfSignedIssuer(
  name: string,
  commonName: string,
  lifetime: Lifetime,
  opts: pulumi.ResourceOptions,
): Issuer {
  const key = newKey(name, opts);
  const certificate = new tls.SelfSignedCert(
    `${name}-certificate`,
    {
      privateKeyPem: key.privateKeyPemPkcs8,
      subject: { commonName, organization },
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: ["cert_signing", "crl_signing"],
      validityPeriodHours: lifetime.validityHours,
      earlyRenewalHours: lifetime.earlyRenewalHours,
    },
    opts,
  );
  return {
    key: key.privateKeyPemPkcs8,
    certificate: certificate.certPem,
    expires: certificate.validityEndTime,
  };
}

/** A new key, and the request for a certificate. */
export function requested(name: string, holder: Holder, opts: pulumi.ResourceOptions): Requested {
  const { commonName, dnsNames, ipAddresses } = holder;
  const key = newKey(name, opts);
  const request = new tls.CertRequest(
    `${name}-request`,
    { privateKeyPem: key.privateKeyPemPkcs8, subject: { commonName, organization }, dnsNames, ipAddresses },
    opts,
  );
  return { key: key.privateKeyPemPkcs8, request: request.certRequestPem };
}

/** The certificate that an issuer signs for a request; `name` is the resource's own. */
export function signed(name: string, args: SigningArgs, opts: pulumi.ResourceOptions): Issued {
  const { request, usage, issuer, validityHours, earlyRenewalHours } = args;
  const certificate = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request,
      caPrivateKeyPem: issuer.key,
      caCertPem: issuer.certificate,
      allowedUses: ["digital_signature", extendedUsage[usage]],
      setSubjectKeyId: true,
      validityPeriodHours: validityHours,
      earlyRenewalHours,
    },
    opts,
  );
  return { certificate: certificate.certPem, expires: certificate.validityEndTime };
}

function newKey(name: string, opts: pulumi.ResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
}
