import { createPrivateKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel, ConnectConfig } from "ssh2";
import { isObject, type PropertyMap, type PropertyValue, Secret } from "../provider.ts";
import { integer, must, number, object, secret, string, withDefaults, withoutNulls } from "../shape.ts";
import { traditionalPem } from "../tls/key.ts";
import { openSshPrivateKey } from "../tls/openSsh.ts";
import { keyName, parseHostKey } from "./hostKey.ts";

/** The official provider's `Connection`. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  privateKey?: string;
  /** A line of authorized_keys; without it any host is believed. */
  hostKey?: string;
  /** Seconds for one attempt; 0: no limit. */
  perDialTimeout: number;
  /** Failed attempts before giving up; -1: never. */
  dialErrorLimit: number;
  /** The host by which it is reached. */
  proxy?: Omit<Connection, "proxy">;
}

const hostFields = {
  host: string,
  port: number.nullish(),
  user: string.nullish(),
  privateKey: string.nullish(),
  hostKey: string
    .refine(
      (line) => parseHostKey(line) !== undefined,
      must("a line of authorized_keys like: ssh-ed25519 AAAA…"),
    )
    .nullish(),
  perDialTimeout: integer(0).nullish(),
  dialErrorLimit: integer(-1).nullish(),
};

export const connectionShape = object({ ...hostFields, proxy: object(hostFields).nullish() });

const defaults = { user: "root", port: 22, perDialTimeout: 15, dialErrorLimit: 10 };

/** The connection with defaults, a secret with secrets inside: what the official provider's check makes of it. */
export function checkedConnection(value: PropertyValue): PropertyValue {
  const connection = value instanceof Secret ? value.value : value;
  if (!isObject(connection)) return secret(value);
  const complete = checkedHost(connection);
  const proxy = complete.proxy instanceof Secret ? complete.proxy.value : complete.proxy;
  if (isObject(proxy)) complete.proxy = checkedHost(proxy);
  return new Secret(complete);
}

function checkedHost(connection: PropertyMap): PropertyMap {
  const complete: PropertyMap = withDefaults(withoutNulls(connection), defaults);
  if (complete.privateKey !== undefined) complete.privateKey = secret(complete.privateKey);
  return complete;
}

/** The host is not the one whose key is pinned: trying again can't help. */
class WrongHost extends Error {}

/**
 * Connects, trying again until it succeeds, `dialErrorLimit` is reached or the signal is aborted.
 *
 * @param waiting is told why it waits, whenever the reason changes
 * @returns undefined when the signal was aborted
 */
export async function connect(
  connection: Connection,
  signal: AbortSignal,
  waiting: (reason: string) => void,
): Promise<Client | undefined> {
  const config = await clientConfig(connection);
  const { dialErrorLimit: limit, proxy } = connection;
  const way = proxy && { config: await clientConfig(proxy), hostKey: proxy.hostKey };
  const where = `${connection.user}@${connection.host}:${connection.port}`;
  let pause = 100;
  let told = "";
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await dialBy(way, { config, hostKey: connection.hostKey }, signal);
    } catch (error) {
      if (signal.aborted) break;
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof WrongHost) throw new Error(`SSH to ${where}: ${reason}`, { cause: error });
      if (limit >= 0 && attempt > limit)
        throw new Error(`SSH to ${where} failed ${attempt} times: ${reason}`, { cause: error });
      if (reason !== told) waiting(`waiting for SSH at ${where}: ${reason}`);
      told = reason;
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
    // The official provider's pauses when it counts; who waits for a machine wants to know soon.
    pause = Math.min(pause * 1.5, limit < 0 ? 1000 : 5000);
  }
  return undefined;
}

interface Dialed {
  config: ConnectConfig;
  hostKey: string | undefined;
}

/** The proxy's connection ends with the one that it carries. */
async function dialBy(way: Dialed | undefined, host: Dialed, signal: AbortSignal): Promise<Client> {
  if (!way) return dial(host.config, host.hostKey, signal);
  const proxy = await dial(way.config, way.hostKey, signal);
  try {
    const { host: address = "", port = 22 } = host.config;
    const sock = await new Promise<ClientChannel>((done, fail) =>
      proxy.forwardOut("127.0.0.1", 0, address, port, (error, channel) =>
        error ? fail(error) : done(channel),
      ),
    );
    const client = await dial({ ...host.config, sock }, host.hostKey, signal);
    client.on("close", () => proxy.end());
    return client;
  } catch (error) {
    proxy.destroy();
    throw error;
  }
}

async function dial(
  config: ConnectConfig,
  hostKey: string | undefined,
  signal: AbortSignal,
): Promise<Client> {
  const { Client } = (await import("ssh2")).default;
  const client = new Client();
  const pinned = hostKey === undefined ? undefined : parseHostKey(hostKey);
  let offered: Buffer | undefined;
  const drop = () => client.destroy();
  signal.addEventListener("abort", drop, { once: true });
  try {
    return await new Promise<Client>((ready, fail) => {
      // The first one is the cause: more follow when the socket closes.
      let problem: Error | undefined;
      client.on("error", (error) => (problem ??= error));
      client.on("close", () => fail(problem ?? new Error("the connection was closed")));
      client.on("ready", () => ready(client));
      client.connect({
        ...config,
        ...(pinned && {
          algorithms: { serverHostKey: pinned.algorithms as [] },
          hostVerifier: (blob: Buffer) => {
            offered = blob;
            return blob.equals(pinned.blob);
          },
        }),
      });
    });
  } catch (error) {
    client.destroy();
    if (!pinned || !offered || offered.equals(pinned.blob)) throw error;
    throw new WrongHost(
      `the host key is ${keyName(offered)}, but ${pinned.name} is pinned; it is another machine, so nothing was sent to it`,
    );
  } finally {
    signal.removeEventListener("abort", drop);
  }
}

async function clientConfig(connection: Connection): Promise<ConnectConfig> {
  const { host, port, user, perDialTimeout } = connection;
  const privateKey = await readPrivateKey(connection);
  // A broken agent must not matter to who brings a key.
  const agent = privateKey ? undefined : process.env.SSH_AUTH_SOCK;
  const methods = [...(privateKey ? (["publickey"] as const) : []), ...(agent ? (["agent"] as const) : [])];
  if (!methods.length)
    throw new Error("connection: nothing to log in with; set privateKey, or start an SSH agent");
  return {
    host,
    port,
    username: user,
    privateKey,
    agent,
    authHandler: methods,
    readyTimeout: perDialTimeout * 1000,
    // A host that vanished is noticed after two minutes.
    keepaliveInterval: 30_000,
    keepaliveCountMax: 4,
  };
}

/** The key in a form that ssh2 reads: it knows no PKCS #8. */
async function readPrivateKey({ privateKey }: Connection): Promise<string | undefined> {
  if (!privateKey) return undefined;
  const readable = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(privateKey)
    ? fromPkcs8(privateKey)
    : privateKey;
  const { utils } = (await import("ssh2")).default;
  const parsed = readable && utils.parseKey(readable);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key || key instanceof Error || !key.isPrivateKey()) {
    throw new Error(
      "connection.privateKey can't be read; give an unencrypted key, as PEM or in OpenSSH's format",
    );
  }
  return readable;
}

function fromPkcs8(key: string): string | undefined {
  try {
    const parsed = createPrivateKey(key);
    return parsed.asymmetricKeyType === "ed25519" ? openSshPrivateKey(parsed) : traditionalPem(parsed);
  } catch {
    return undefined;
  }
}
