import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A private key and a certificate for it, both PEM. */
export interface KeyPair {
  /** The certificate, PEM. */
  certificate: pulumi.Output<string>;
  /** The private key, PEM (PKCS #8), a secret. */
  key: pulumi.Output<string>;
}

/** Who signs: a private key and its self-signed certificate, both PEM. */
export type Issuer = KeyPair & {
  /** When the certificate expires, RFC 3339. */
  expires: pulumi.Output<string>;
};

/** What a certificate may be used for, as the extended key usage of RFC 5280, section 4.2.1.12. */
export type Usage = "serverAuth" | "clientAuth";

/** Hours of a certificate's life. */
export interface Lifetime {
  /** Hours from issue to expiry. */
  validityHours: number;
  /** Hours before expiry from which `pulumi up` renews it. */
  earlyRenewalHours: number;
}

/** What {@link signedIdentity} needs to know. */
export interface IdentityArgs extends Lifetime {
  /** Subject common name. */
  commonName: string;
  usage: Usage;
  issuer: Issuer;
  /** Subject alternative names that are DNS names. Default: none. */
  dnsNames?: pulumi.Input<string[]>;
  /** Subject alternative names that are IP addresses. Default: none. */
  ipAddresses?: pulumi.Input<string[]>;
}

const organization = "remote-docker";

const extendedUsage: Record<Usage, string> = { serverAuth: "server_auth", clientAuth: "client_auth" };

/** A new ECDSA P-256 key; the name of the resource is `<name>-key`. */
export function newKey(name: string, opts: pulumi.ResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
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

/** A key, and a certificate for it that an issuer signed. */
export function signedIdentity(
  name: string,
  args: IdentityArgs,
  opts: pulumi.ResourceOptions,
): KeyPair & { expires: pulumi.Output<string> } {
  const { commonName, usage, issuer, dnsNames, ipAddresses, validityHours, earlyRenewalHours } = args;
  const key = newKey(name, opts);
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPemPkcs8,
      subject: { commonName, organization },
      dnsNames,
      ipAddresses,
    },
    opts,
  );
  const certificate = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: issuer.key,
      caCertPem: issuer.certificate,
      allowedUses: ["digital_signature", extendedUsage[usage]],
      setSubjectKeyId: true,
      validityPeriodHours: validityHours,
      earlyRenewalHours,
    },
    opts,
  );
  return {
    key: key.privateKeyPemPkcs8,
    certificate: certificate.certPem,
    expires: certificate.validityEndTime,
  };
}
