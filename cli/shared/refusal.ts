import type { Door } from "./daemon.ts";

/** What a failed connection to the front door means. */
export function explain(
  { code = "", message }: NodeJS.ErrnoException,
  { host, port }: Pick<Door, "host" | "port">,
): string {
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(code))
    return `${host}:${port} can't be reached (${code}): is the machine running, and may this computer reach its port?`;
  if (/^ERR_SSL_(TLSV1|SSL)/.test(code) && /certificate|unknown ca/i.test(message))
    return `the front door refuses the certificate (${message}): has it expired, or was the client removed? npm run bundle fetches a new one`;
  if (/CERT|ISSUER|SIGNATURE|ALTNAME/.test(code))
    return `${host}:${port} shows a certificate that the bundle's ca.pem doesn't vouch for (${message}): is the bundle of another daemon, or an old one?`;
  if (/wrong version number|packet length too long/.test(message))
    return `${host}:${port} speaks no TLS: is it the front door of a shared daemon?`;
  if (code === "ECONNRESET" || code === "EPIPE")
    return `${host}:${port} ended the connection without an answer: is this client still admitted?`;
  return `${host}:${port}: ${message}`;
}
