// Remembers which certificates were issued to whom, so that a renewed certificate's predecessor stays admitted until it
// expires. Reads {"certificates": [{"name", "root", "certificate"}], what holds now, "trusted": the roots, "leaveBehind":
// names} as JSON from standard input, and what it printed the last time from PULUMI_COMMAND_STDOUT; prints [{"name",
// "root", "fingerprint", "key", "expires"}]. A predecessor counts for the same name and the same key only: who was removed,
// or has a new key, has none. Fails where all that somebody has is of a root that is no longer trusted.
// Runs on any Node.js that runs Pulumi, without dependencies.
const { createHash, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");

const { certificates, trusted, leaveBehind } = JSON.parse(readFileSync(0, "utf8"));
const current = certificates.map(described);
const keys = new Set(current.map(holder));
const fingerprints = new Set(current.map(({ fingerprint }) => fingerprint));
const earlier = JSON.parse(process.env.PULUMI_COMMAND_STDOUT || "[]").filter(
  (one) => keys.has(holder(one)) && Date.parse(one.expires) > Date.now(),
);
const predecessors = earlier.filter(({ fingerprint }) => !fingerprints.has(fingerprint));

const locked = lockedOut();
if (locked.length > 0) {
  const first = Math.min(...trusted, ...earlier.map(({ root }) => root));
  console.error(
    `a root can't take the place of the one that everybody trusts at once: all certificates that these clients have ` +
      `are of the former one: ${locked.join(", ")}. Set rotation.root to the two, like "${first}+${first + 1}", and to ` +
      `the new one alone once they have moved over; or name in rotation.leaveBehind whom not to wait for. Nothing was ` +
      `changed on the machine`,
  );
  process.exit(1);
}
process.stdout.write(JSON.stringify([...current, ...predecessors]));

/** Who stays, and has had nothing yet that will still be trusted: on a new machine no log could tell. */
function lockedOut() {
  const names = new Set(earlier.map(({ name }) => name).filter((name) => !leaveBehind.includes(name)));
  const keeps = (name) => earlier.some((one) => one.name === name && trusted.includes(one.root));
  return [...names].filter((name) => !keeps(name)).sort();
}

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
