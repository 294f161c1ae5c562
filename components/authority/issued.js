// Remembers which certificates were issued to whom, so that a renewed certificate's predecessor stays admitted until it
// expires. Reads [{"name", "root", "certificate"}], what holds now, as JSON from standard input, and what it printed the
// last time from PULUMI_COMMAND_STDOUT; prints [{"name", "root", "fingerprint", "key", "expires"}]. A predecessor counts
// for the same name and the same key only: who was removed, or has a new key, has none.
// Runs on any Node.js that runs Pulumi, without dependencies.
const { createHash, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");

const current = JSON.parse(readFileSync(0, "utf8")).map(described);
const keys = new Set(current.map(holder));
const fingerprints = new Set(current.map(({ fingerprint }) => fingerprint));
const predecessors = JSON.parse(process.env.PULUMI_COMMAND_STDOUT || "[]").filter(
  (one) =>
    keys.has(holder(one)) && !fingerprints.has(one.fingerprint) && Date.parse(one.expires) > Date.now(),
);

process.stdout.write(JSON.stringify([...current, ...predecessors]));

function described({ name, root, certificate }) {
  const { raw, publicKey, validTo } = new X509Certificate(certificate);
  return {
    name,
    root,
    fingerprint: sha256(raw),
    key: sha256(publicKey.export({ type: "spki", format: "der" })).slice(0, 32),
    expires: new Date(validTo).toISOString(),
  };
}

function holder({ name, key }) {
  return `${name} ${key}`;
}

function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}
