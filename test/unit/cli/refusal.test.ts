import { explain } from "../../../cli/shared/refusal.ts";

const door = { host: "192.0.2.7", port: 2376, ca: Buffer.of(), cert: Buffer.of(), key: Buffer.of() };

test.each([
  ["ECONNREFUSED", "connect ECONNREFUSED", "192.0.2.7:2376 can't be reached (ECONNREFUSED)"],
  [
    "ERR_SSL_TLSV1_ALERT_CERTIFICATE_EXPIRED",
    "tlsv1 alert certificate expired",
    "npm run bundle fetches a new one",
  ],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Host: 192.0.2.7. is not in the cert's list", "doesn't vouch for"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", "doesn't vouch for"],
  ["ECONNRESET", "socket hang up", "is this client still admitted?"],
  ["", "something else", "192.0.2.7:2376: something else"],
])("%s is said with what to do", (code, message, words) => {
  expect(explain(Object.assign(new Error(message), { code }), door)).toContain(words);
});
