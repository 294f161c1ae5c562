/** What HAProxy's termination state begins with ("Session state at disconnection" in its manual). */
const whoEnded: Record<string, string> = {
  C: "client closed",
  S: "daemon closed",
  c: "client was silent for too long",
  s: "daemon was silent for too long",
  P: "front door closed",
  L: "front door answered",
  R: "front door was out of resources",
  I: "front door failed",
  D: "daemon went away",
  U: "daemon changed",
  K: "ended because revoked",
};

/**
 * How a connection ended.
 *
 * @param state HAProxy's termination state, e.g. `CD`: who, and in which phase
 * @example endedInWords("K-") // ended because revoked
 */
export function endedInWords(state: string): string {
  const [who, phase] = state;
  if (who === "-") return "closed";
  if (phase === "C" && /^[Ss]$/.test(who)) return "daemon couldn't be reached";
  if (phase === "C" && /^[Cc]$/.test(who)) return "client closed before the daemon answered";
  return whoEnded[who] ?? `ended (${state})`;
}

/** Refusals that the program's own checks provoke. */
export const refusals = {
  noCertificate: "no certificate",
  foreign: "certificate isn't one of this stack's, or not valid now",
  unlisted: "not on the allow-list",
  oldTls: "TLS version too old",
  neither: "neither SSH nor TLS",
} as const;

/** What OpenSSL and HAProxy say, and what it means here. The first that fits is taken. */
const reasons: [RegExp, string][] = [
  [/peer did not return a certificate/, refusals.noCertificate],
  [/issuer X509_V_ERR_(CERT_HAS_EXPIRED|10\b)/, "issuer of the certificate expired"],
  [/X509_V_ERR_(CERT_HAS_EXPIRED|10\b)/, "certificate expired"],
  [/X509_V_ERR_(CERT_NOT_YET_VALID|9\b)/, "certificate not valid yet"],
  [/X509_V_ERR_(INVALID_PURPOSE|26\b)/, "certificate isn't for clients"],
  [/certificate (has )?expired/, "certificate expired"],
  [/certificate (is )?not yet valid/, "certificate not valid yet"],
  [/alert (unknown ca|bad certificate|certificate)/, "client doesn't trust the server's certificate"],
  [/certificate verify failed/, refusals.foreign],
  [/unsupported protocol|version too low/, refusals.oldTls],
  [/Connection closed during SSL handshake/i, "closed during the TLS handshake"],
  [/Timeout during SSL handshake/i, "TLS handshake took too long"],
];

/** Why a connection was refused. Words that nobody knows here are shown as they are. */
export function reasonInWords(reason = "", detail = ""): string {
  const known = reasons.find(([pattern]) => pattern.test(detail) || pattern.test(reason));
  return known?.[1] ?? ([reason, detail].filter((part) => part !== "").join(": ") || "no reason in the log");
}
