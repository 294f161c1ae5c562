import type { IncomingHttpHeaders } from "node:http";

/** A call of the EC2 or IAM query API. */
export interface Call {
  /** As an IAM policy names it, e.g. `ec2`. */
  service: string;
  /** e.g. `RunInstances`. */
  action: string;
  region: string;
  parameters: URLSearchParams;
}

/** A refusal as EC2 words it. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Service and region are in the signature's scope: `Credential=<key>/<date>/<region>/<service>/aws4_request`. */
export function parseCall(headers: IncomingHttpHeaders, body: string): Call {
  const [, region, service] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const parameters = new URLSearchParams(body);
  const action = parameters.get("Action");
  if (region === undefined || service === undefined || action === null) {
    throw new Refusal("MissingAction", "not a signed call of the query API");
  }
  return { service, action, region, parameters };
}

/** The values of a list: `InstanceId.1`, `InstanceId.2`, … */
export function listOf(parameters: URLSearchParams, name: string): string[] {
  const pattern = new RegExp(`^${name.replaceAll(".", "\\.")}\\.\\d+$`);
  return [...parameters].filter(([key]) => pattern.test(key)).map(([, value]) => value);
}

/** The structures of a list as their own parameters: `BlockDeviceMapping.1.Ebs.VolumeSize` gives `Ebs.VolumeSize`. */
export function structuresOf(parameters: URLSearchParams, name: string): URLSearchParams[] {
  const found = new Map<string, URLSearchParams>();
  for (const [key, value] of parameters) {
    const [, index, rest] = new RegExp(`^${name}\\.(\\d+)\\.(.+)$`).exec(key) ?? [];
    if (index === undefined || rest === undefined) continue;
    if (!found.has(index)) found.set(index, new URLSearchParams());
    found.get(index)?.append(rest, value);
  }
  return [...found.values()];
}

/** The instances that an answer of RunInstances names. */
export function idsIn(answer: string): string[] {
  return [...answer.matchAll(/<instanceId>(i-[0-9a-f]+)</g)].map(([, id]) => id);
}

/** EC2's form of an error; SDKs look for code and message in it. */
export function errorXml({ code, message }: Refusal): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escape(code)}</Code>` +
    `<Message>${escape(message)}</Message></Error></Errors><RequestID>emulation</RequestID></Response>`
  );
}

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
