/** A resource as `stack export --show-secrets` shows it. */
export type Exported = Record<string, unknown> & { urn: string; type: string; id?: string };

const secretKey = "4dabf18193072939515e22adb298388d";

/**
 * When and where it was registered: differs from run to run. `provider` holds an id, and is in the recording by the
 * provider's own case.
 */
const incidental = new Set([
  "created",
  "modified",
  "sourcePosition",
  "stackTrace",
  "provider",
  "urn",
  "type",
  "custom",
]);

/** The bridge's and the provider library's own notes, which either engine does without. */
const ownNotes = (name: string) => name.startsWith("__");

const patterns: [RegExp, string][] = [
  [/-----BEGIN ([A-Z0-9 ]+)-----\n[^-]+-----END \1-----/g, "<PEM $1>"],
  [/\b(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) AAAA[\w+/=]+/g, "<$1 key>"],
  [/^SHA256:[\w+/]{43}$/, "<SHA256 fingerprint>"],
  [/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/, "<MD5 fingerprint>"],
  [/^[0-9a-f]{40}$/, "<SHA-1>"],
  [/^\d{25,40}$/, "<serial number>"],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "<time>"],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/, "<UUID>"],
];

/** What of a resource doesn't depend on the run, with secrets as {"secret": …} and PEM texts as their type. */
export function normalised(
  resource: Exported,
  values: Record<string, string | number>,
): Record<string, unknown> {
  const name = resource.urn.slice(resource.urn.lastIndexOf("::") + 2);
  const kept = Object.entries(resource).filter(([key]) => !incidental.has(key));
  const { id, dependencies, ...rest } = value(Object.fromEntries(kept), values) as Record<string, unknown>;
  return {
    ...(id === undefined
      ? {}
      : { id: String(id).replace(new RegExp(`^${name}[0-9a-f]{8}$`), "<name><8 hex digits>") }),
    ...rest,
    // The order in which a program's promises happen to resolve.
    ...(Array.isArray(dependencies) ? { dependencies: dependencies.sort() } : {}),
  };
}

function value(exported: unknown, values: Record<string, string | number>): unknown {
  if (typeof exported === "string" || typeof exported === "number") return scalar(exported, values);
  if (Array.isArray(exported)) return exported.map((item) => value(item, values));
  if (typeof exported !== "object" || exported === null) return exported;
  const object = exported as Record<string, unknown>;
  if (secretKey in object) return { secret: value(JSON.parse(String(object.plaintext)), values) };
  const shown = Object.entries(object).filter(([name]) => !ownNotes(name));
  return Object.fromEntries(shown.map(([key, item]) => [key, value(item, values)]));
}

function scalar(exported: string | number, values: Record<string, string | number>): unknown {
  const [name] = Object.entries(values).find(([, known]) => known === exported) ?? [];
  if (name !== undefined) return `<${name}>`;
  if (typeof exported === "number") return exported;
  return patterns.reduce((text, [pattern, by]) => text.replace(pattern, by), exported);
}
