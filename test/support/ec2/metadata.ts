import { randomUUID } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";

/** A folder: texts are files, objects are folders. */
export interface Metadata {
  [name: string]: string | Metadata;
}

/** What an instance is told of itself. */
export interface InstanceData {
  "meta-data": Metadata;
  dynamic: Metadata;
  /** What RunInstances got, decoded; undefined: 404, as on EC2. */
  "user-data": Buffer | undefined;
}

/**
 * The instance metadata service of one instance, version 2 alone: a token by PUT first. `about` is asked anew for each
 * request. On EC2 it is at 169.254.169.254; here at a port of loopback that the machine's network leads to.
 */
export async function metadataService(about: () => Promise<InstanceData>): Promise<Server> {
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    if (request.method === "PUT" && url === "/latest/api/token") {
      const token = randomUUID();
      tokens.add(token);
      response.setHeader("X-aws-ec2-metadata-token-ttl-seconds", "21600");
      return void response.end(token);
    }
    if (!tokens.has(String(request.headers["x-aws-ec2-metadata-token"]))) return answer(response, 401);
    about().then(
      (data) => answer(response, 200, find(data, url)),
      () => answer(response, 500),
    );
  });
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
  return server;
}

export function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}

/** The paths begin with a version: `latest` or a date. */
function find(data: InstanceData, url: string): string | Buffer | undefined {
  const [, , part, ...names] = url.split("/");
  if (part === "user-data") return data[part];
  let here: string | Metadata | undefined =
    part === "meta-data" || part === "dynamic" ? data[part] : undefined;
  for (const name of names.filter((one) => one !== "")) {
    here = typeof here === "object" ? here[name] : undefined;
  }
  return typeof here === "object" ? listing(here) : here;
}

function listing(folder: Metadata): string {
  const name = ([key, value]: [string, string | Metadata]) => (typeof value === "object" ? `${key}/` : key);
  return Object.entries(folder).map(name).join("\n");
}

function answer(response: ServerResponse, status: number, body?: string | Buffer): void {
  response.statusCode = status === 200 && body === undefined ? 404 : status;
  response.end(body ?? "");
}
