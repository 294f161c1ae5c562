import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";
import type { ClientEnvironment } from "./clients.ts";
import { UserError } from "./userError.ts";

/** The front door of a daemon, and the certificate that opens it. */
export interface Door {
  host: string;
  port: number;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** @throws UserError when it isn't a daemon behind TLS, or the bundle can't be read */
export function doorOf({
  DOCKER_HOST,
  DOCKER_CERT_PATH,
}: Omit<ClientEnvironment, "DOCKER_TLS_VERIFY">): Door {
  const address = addressOf(DOCKER_HOST);
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((file) => {
    try {
      return readFileSync(join(DOCKER_CERT_PATH, file));
    } catch (error) {
      throw new UserError(`the client bundle can't be read: ${(error as Error).message}`);
    }
  });
  return { ...address, ca, cert, key };
}

/** @throws UserError when it isn't an address of TLS */
export function addressOf(dockerHost: string): Pick<Door, "host" | "port"> {
  const [, name, port] = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)$/.exec(dockerHost) ?? [];
  if (name === undefined)
    throw new UserError(`DOCKER_HOST is ${dockerHost}; write it like tcp://docker.example.com:2376`);
  return { host: name.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/**
 * A connection through the front door; the certificate that it shows must be the dialed host's.
 *
 * @param server the name that it is asked for. Default: the dialed host's
 */
export function dial({ host, port, ca, cert, key }: Door, server?: string): TLSSocket {
  return connect({
    ...{ host, port, ca, cert, key, servername: server, allowHalfOpen: true },
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  });
}

/** An answer of the daemon's API to a GET, with status 200; its body is still to come. */
export function get(door: Door, path: string, signal?: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...door, path, agent: false, signal }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`the daemon answered ${path} with ${answer.statusCode}`));
    });
    asked.on("error", reject);
    asked.on("socket", (socket) => socket.setKeepAlive(true, 30_000));
    asked.end();
  });
}
