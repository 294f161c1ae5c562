// Makes the resources that cases.json lists: { changed, values, resources }, see ../cases.ts.
const fs = require("node:fs");
const path = require("node:path");
const command = require("@pulumi/command");
const pulumi = require("@pulumi/pulumi");
const tls = require("@pulumi/tls");

const { changed, values, resources } = JSON.parse(
  fs.readFileSync(path.join(__dirname, "cases.json"), "utf8"),
);

class Group extends pulumi.ComponentResource {
  constructor(name, _properties, options) {
    super("contract:index:Group", name, {}, options);
  }
}

const types = {
  "contract:index:Group": Group,
  "command:local:Command": command.local.Command,
  "command:remote:Command": command.remote.Command,
  "pulumi:providers:tls": tls.Provider,
  "tls:index/privateKey:PrivateKey": tls.PrivateKey,
  "tls:index/certRequest:CertRequest": tls.CertRequest,
  "tls:index/selfSignedCert:SelfSignedCert": tls.SelfSignedCert,
  "tls:index/locallySignedCert:LocallySignedCert": tls.LocallySignedCert,
};
// The engine makes these by itself.
const implicit = ["pulumi:pulumi:Stack", "pulumi:providers:command"];
const made = {};

/** {"$secret": x}, {"$output": "resource.property"} and {"$value": "name"} stand for what JSON can't say. */
function resolve(written) {
  if (Array.isArray(written)) return written.map(resolve);
  if (typeof written !== "object" || written === null) return written;
  if ("$secret" in written) return pulumi.secret(resolve(written.$secret));
  if ("$value" in written) return values[written.$value];
  if ("$output" in written) {
    const [name, property] = written.$output.split(".");
    return made[name][property];
  }
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, resolve(value)]));
}

const referring = new Set(["parent", "provider"]);

function resolveOption([key, value]) {
  if (referring.has(key)) return [key, made[value]];
  if (key === "dependsOn") return [key, value.map((name) => made[name])];
  return [key, value];
}

for (const [name, { type, properties = {}, options = {}, change = {}, outputs }] of Object.entries(
  resources,
)) {
  if (implicit.includes(type) || (changed && change.drop)) continue;
  const edited = changed ? change : {};
  const given = Object.entries({ ...options, ...edited.options }).map(resolveOption);
  made[name] = new types[type](
    name,
    resolve({ ...properties, ...edited.properties }),
    Object.fromEntries(given),
  );
  if (type === "contract:index:Group") made[name].registerOutputs(resolve(outputs));
}

module.exports = resolve({
  number: 1,
  list: [true, null, "x"],
  nested: { plain: "p", hidden: { $secret: "s" } },
  output: { $output: "local-all.stdout" },
});
