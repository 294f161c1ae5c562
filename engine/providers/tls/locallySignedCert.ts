import type * as X509 from "@peculiar/x509";
import { plain } from "../provider.ts";
import { string } from "../shape.ts";
import {
  type Certificate,
  certificateDefaults,
  certificateInputs,
  certificateResource,
  issue,
} from "./certificate.ts";
import { parsePrivateKey, publicKeyDer } from "./key.ts";
import { outputsOf, type Schema } from "./resource.ts";
import { type AlternativeNames, x509 } from "./x509.ts";

const schema: Schema = {
  inputs: { certRequestPem: string, caPrivateKeyPem: string, caCertPem: string, ...certificateInputs },
  defaults: certificateDefaults,
  secrets: ["caPrivateKeyPem"],
  updatable: ["earlyRenewalHours"],
};

interface Request extends Certificate {
  certRequestPem: string;
  caPrivateKeyPem: string;
  caCertPem: string;
}

/** `tls:index/locallySignedCert:LocallySignedCert`: every change but earlyRenewalHours replaces. */
export const locallySignedCert = certificateResource(schema, async (inputs, context) => {
  const lib = await x509();
  const args = plain(inputs) as unknown as Request;
  const request = parse("certRequestPem", () => new lib.Pkcs10CertificateRequest(args.certRequestPem));
  const issuer = parse("caCertPem", () => new lib.X509Certificate(args.caCertPem));
  const { key, algorithm } = parsePrivateKey(args.caPrivateKeyPem);
  if (!publicKeyDer(key).equals(Buffer.from(issuer.publicKey.rawData))) {
    throw new Error("caPrivateKeyPem is not the private key of the certificate in caCertPem");
  }
  if (!issuer.getExtension(lib.BasicConstraintsExtension)?.ca) {
    context.log(
      "warning",
      "the certificate in caCertPem is not a certificate authority's; clients can refuse what it signs",
    );
  }
  const { id, computed } = await issue(lib, args, {
    subject: request.subjectName,
    names: requestedNames(lib, request),
    publicKey: Buffer.from(request.publicKey.rawData),
    signingKey: key,
    issuer,
  });
  return { id, outputs: outputsOf(schema, inputs, { ...computed, caKeyAlgorithm: algorithm }) };
});

function parse<T>(property: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${property} can't be read: ${reason}`, { cause: error });
  }
}

function requestedNames(lib: typeof X509, request: X509.Pkcs10CertificateRequest): AlternativeNames {
  const alternatives = request.extensions.find((each) => each instanceof lib.SubjectAlternativeNameExtension);
  const all = alternatives?.names.toJSON() ?? [];
  const values = (type: string) => all.filter((name) => name.type === type).map((name) => name.value);
  return { dnsNames: values("dns"), ipAddresses: values("ip"), uris: values("url") };
}
