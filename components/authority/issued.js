// Remembers which certificates were issued to a shard of the clients, so that a renewed certificate's predecessor stays
// admitted until it expires. Reads {"certificates": [{"name", "root", "certificate"}], what holds now, "others": the same
// of other shards, "handedOn": entries, "trusted": the roots, "leaveBehind": names} as JSON from standard input, and what
// it printed the last time from PULUMI_COMMAND_STDOUT. Prints {"issued": entries of its own clients, "handedOn": those of
// its earlier output that belong to other shards}; an entry is [name, root, fingerprint, key, expires]. A predecessor
// counts for the same name and the same key only: who was removed, or has a new key, has none. Fails where all that
// somebody has is of a root that is no longer trusted, and where there is more than can be remembered.
// Runs on any Node.js that runs Pulumi, without dependencies.
const { createHash, X509Certificate } = require("node:crypto");
const { readFileSync } = require("node:fs");

/** What Linux lets a process have as one variable of its environment, with the name and an ending zero: 128 KiB. */
const mostBytes = 128 * 1024 - "PULUMI_COMMAND_STDOUT=".length - 1;

const { certificates, others, handedOn, trusted, leaveBehind } = JSON.parse(readFileSync(0, "utf8"));
const before = [...remembered(process.env.PULUMI_COMMAND_STDOUT || "[]"), ...handedOn.map(unpacked)];
const current = certificates.map(described);
const fingerprints = new Set(current.map(({ fingerprint }) => fingerprint));
const earlier = heldBy(current);
const predecessors = earlier.filter(({ fingerprint }) => !fingerprints.has(fingerprint));

const locked = lockedOut();
if (locked.length > 0) {
  const first = Math.min(...trusted, ...earlier.map(({ root }) => root));
  fail(
    `a root can't take the place of the one that everybody trusts at once: all certificates that these clients, and ` +
      `perhaps others, have are of the former one: ${locked.join(", ")}. Set rotation.root to the two, like ` +
      `"${first}+${first + 1}", and to the new one alone once they have moved over; or name in rotation.leaveBehind ` +
      `whom not to wait for`,
  );
}
const issued = [...current, ...predecessors];
const passed = heldBy(others.map(described));
const text = JSON.stringify({ issued: issued.map(packed), handedOn: passed.map(packed) });
if (text.length > mostBytes) {
  fail(
    `these ${current.length} clients have more certificates that haven't expired, ${issued.length + passed.length}, than ` +
      `can be remembered: ${text.length} bytes, where ${mostBytes} are possible. Remove some of the clients, or wait ` +
      `until former certificates have expired: ${current.map(({ name }) => name).join(", ")}`,
  );
}
process.stdout.write(text);

function fail(reason) {
  console.error(`${reason}. Nothing was changed on the machine`);
  process.exit(1);
}

/** Who stays, and has had nothing yet that will still be trusted: on a new machine no log could tell. */
function lockedOut() {
  const names = new Set(earlier.map(({ name }) => name).filter((name) => !leaveBehind.includes(name)));
  const keeps = (name) => earlier.some((one) => one.name === name && trusted.includes(one.root));
  return [...names].filter((name) => !keeps(name)).sort();
}

/** What was remembered of holders, once each, without what has expired. */
function heldBy(holders) {
  const keys = new Set(holders.map(holder));
  const held = before.filter((one) => keys.has(holder(one)) && Date.parse(one.expires) > Date.now());
  return [...new Map(held.map((one) => [`${holder(one)} ${one.fingerprint}`, one])).values()];
}

/** An earlier output. As long as one command remembered everybody it was a list of objects. */
function remembered(output) {
  const found = JSON.parse(output);
  return Array.isArray(found) ? found : [...found.issued, ...found.handedOn].map(unpacked);
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

function packed({ name, root, fingerprint, key, expires }) {
  return [name, root, fingerprint, key, expires];
}

function unpacked([name, root, fingerprint, key, expires]) {
  return { name, root, fingerprint, key, expires };
}

function sha256(data) {
  return createHash("sha256").update(data).digest("hex");
}
