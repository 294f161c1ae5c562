import { createHash, X509Certificate } from "node:crypto";

/**
 * SHA-256 of a certificate's DER encoding, as 64 lower-case hexadecimal digits: what the front door's
 * allow-list knows a client by.
 *
 * @param certificate PEM
 * @throws Error of node:crypto when the text is not a certificate
 */
export function fingerprint(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}
