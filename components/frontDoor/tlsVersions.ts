import { z } from "zod";

/** The oldest TLS version that the front door speaks. */
export type TlsVersion = "1.2" | "1.3";

export const defaultTls: TlsVersion = "1.2";

const allowed = 'a version of TLS that the front door can require; write "1.2" or "1.3"';

/** YAML reads an unquoted 1.3 as a number. */
export const minimumTlsSchema = z.union([z.enum(["1.2", "1.3"]), z.literal(1.2), z.literal(1.3)], allowed);

/** An option as it was given, or its default. */
export function minimumTls(given?: z.input<typeof minimumTlsSchema>): TlsVersion {
  return given === undefined ? defaultTls : (String(given) as TlsVersion);
}

/**
 * What a listener of HAProxy's says of versions: of TLS 1.2 the suites with forward secrecy and AEAD alone (RFC 9325,
 * section 4.2) that the server's key, ECDSA, can have. HAProxy renegotiates with nobody.
 */
export function tlsOptions(minimum: TlsVersion): string {
  const suites = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"];
  const ciphers = suites.map((suite) => `ECDHE-ECDSA-${suite}`).join(":");
  return `ssl-min-ver TLSv${minimum}` + (minimum === "1.2" ? ` ciphers ${ciphers}` : "");
}
