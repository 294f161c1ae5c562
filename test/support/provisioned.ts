import { copyFileSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { bySsh } from "../../components/authority/clientArgs";
import type { DaemonArgs } from "../../components/daemon/daemonArgs";
import type { OpenPort } from "../../components/firewall/openPorts";
import type { Limits } from "../../components/frontDoor/limits";
import type { TlsVersion } from "../../components/frontDoor/tlsVersions";
import { configurationSet } from "../../components/host/configurationSet";
import {
  hostKeyScript,
  type Movers,
  rotationProgressScript,
  runScript,
  transactionScript,
} from "../../components/host/scripts";
import type { Theirs } from "../../components/daemon/theirs";
import { frontDoorMasterSocket, frontDoorUnitName } from "../../components/frontDoor/unit";
import { tryCertificate } from "../../components/clients/trial";
import type { GuestKind } from "./container/container";
import { DockerClient } from "./dockerClient";
import { type Guest, startGuest } from "./guest";
import { Pki } from "./pki";
import { type Outcome, run, succeeded } from "./run";

/** What a transaction is for; what isn't named has its default. */
export interface Wanted {
  /** Names of certificates. Default: alice. */
  clients?: string[];
  /** Public keys of clients by SSH, by their names. Default: none. */
  sshKeys?: Record<string, string>;
  /** Those of the clients whose certificates needn't be valid at once. Default: none. */
  validLater?: string[];
  /** Names of certificates. Default: root. */
  roots?: string[];
  /** Name of a certificate. Default: server. */
  server?: string;
  /** Name of a certificate, of dockerd's own. Default: inner-server. */
  innerServer?: string;
  movers?: Movers;
  limits?: Limits;
  minimumTls?: TlsVersion;
  sharedAddress?: string;
  openPorts?: OpenPort[];
  daemon?: DaemonArgs;
  daemonExtra?: Record<string, unknown>;
}

/** A line of the front door's log. */
export interface LogLine {
  event: string;
  client?: string;
  fingerprint?: string;
  by?: string;
  passedOn?: string;
  port?: number | string;
  address?: string;
  start: number;
  duration?: number;
  sent?: number;
  received?: number;
  end?: string;
  reason?: string;
  detail?: string;
  certificate?: string;
  issuer?: string;
}

/** A guest with the means to run transactions on it, without the rest of the program. */
export class Provisioned {
  private readonly docker: DockerClient[] = [];

  private constructor(
    readonly guest: Guest,
    readonly pki: Pki,
    private readonly theirs?: Theirs,
  ) {}

  static async start(kind?: GuestKind): Promise<Provisioned> {
    return new Provisioned(await startGuest(kind), new Pki());
  }

  /** On a host that was there before. */
  static adopted(guest: Guest, theirs: Theirs): Provisioned {
    return new Provisioned(guest, new Pki(), theirs);
  }

  /** The front door's unit. */
  get frontDoorUnit(): string {
    return this.theirs === undefined ? "haproxy.service" : frontDoorUnitName;
  }

  /** Where its master process takes commands. */
  get masterSocket(): string {
    return this.theirs === undefined ? "/run/haproxy-master.sock" : frontDoorMasterSocket;
  }

  async stop(): Promise<void> {
    this.docker.forEach((client) => client.remove());
    await this.guest.stop();
    this.pki.remove();
  }

  /** The text of a transaction. */
  script({ clients = ["alice"], roots = ["root"], server = "server", ...others }: Wanted): string {
    const { innerServer = "inner-server", movers, limits, minimumTls, sharedAddress, openPorts } = others;
    const { sshKeys = {}, validLater = [], daemon = {}, daemonExtra = {} } = others;
    const set = configurationSet({
      root: roots.map((name) => this.pki.pair(name).certificate).join(""),
      server: this.pki.pair(server),
      inner: { ...this.pki.inner, server: this.pki.pair(innerServer) },
      clients: clients.map((name) => this.pki.client(name)),
      sshClients: bySsh(Object.entries(sshKeys).map(([name, sshKey]) => ({ name, sshKey }))),
      limits,
      minimumTls,
      sharedAddress,
      openPorts,
      daemon,
      daemonExtra,
      theirs: this.theirs,
    });
    const certificates = clients
      .filter((name) => !validLater.includes(name))
      .map((name) => this.pki.pair(name).certificate);
    return transactionScript(set, movers, this.theirs, certificates);
  }

  transaction(wanted: Wanted): Promise<Outcome> {
    return this.guest.ssh(runScript("provision"), this.script(wanted));
  }

  /** Runs a transaction that has to succeed; what it did. */
  async provision(wanted: Wanted): Promise<{ frontDoor: string; daemon: string; firewall?: string }> {
    return JSON.parse(succeeded(await this.transaction(wanted)).stdout) as {
      frontDoor: string;
      daemon: string;
      firewall?: string;
    };
  }

  /** Who hasn't come in yet with a certificate of the newest root, as JSON. */
  async notMovedOver(movers: Movers): Promise<string> {
    const script = rotationProgressScript(movers, this.theirs);
    return succeeded(await this.guest.ssh(runScript("provision"), script)).stdout;
  }

  async installHostKey(privateKey: string): Promise<void> {
    succeeded(await this.guest.ssh(runScript("provision"), hostKeyScript(privateKey)));
  }

  /** What a command of root's printed on the guest. */
  async asRoot(script: string): Promise<string> {
    return succeeded(await this.guest.ssh("sudo -n bash -s", script)).stdout.trim();
  }

  /** Names on the allow-list of what the front door runs with, sorted. */
  async admitted(): Promise<string[]> {
    const list = "/etc/remote-docker/current/frontDoor/allow-list.map";
    const shown = await this.asRoot(`echo '@1 show map ${list}' | socat - UNIX-CONNECT:${this.masterSocket}`);
    return [...shown.matchAll(/^\S+ [0-9a-f]{64} ([\w-]+):/gm)].map(([, name]) => name).sort();
  }

  /** The docker client as one of the clients. */
  client(name: string): DockerClient {
    const folder = mkdtempSync(this.pki.file(`${name}-`));
    copyFileSync(this.pki.file("root.pem"), join(folder, "ca.pem"));
    copyFileSync(this.pki.file(`${name}.pem`), join(folder, "cert.pem"));
    copyFileSync(this.pki.file(`${name}.key`), join(folder, "key.pem"));
    const client = new DockerClient({
      DOCKER_HOST: `tcp://127.0.0.1:${this.guest.port}`,
      DOCKER_CERT_PATH: folder,
      DOCKER_TLS_VERIFY: "1",
    });
    this.docker.push(client);
    return client;
  }

  /** Where clients by SSH find sshd. */
  get sshd(): { host: string; port: number } {
    const { operator, port } = this.guest;
    return this.theirs === undefined ? { host: "127.0.0.1", port } : operator;
  }

  /** A request of curl's to the daemon, from outside. */
  curl(...options: string[]): Promise<Outcome> {
    const url = `https://127.0.0.1:${this.guest.port}/version`;
    return run(["curl", "--silent", "--show-error", "--cacert", this.pki.file("root.pem"), ...options, url]);
  }

  /** A connection that has had an answer of the daemon's and stays open; an error when it is ended before. */
  connection(name: string): Promise<TLSSocket> {
    const { certificate: cert, key } = this.pki.pair(name);
    const ca = this.pki.root.certificate;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: this.guest.port, ca, cert, key });
      socket.on("secureConnect", () => socket.write("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"));
      socket.once("data", () => resolve(socket));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`the connection of ${name} was ended`)));
    });
  }

  /** Tries a certificate as `up` does before it writes the bundle; an error when it isn't let in. */
  tryCertificate(client: string): Promise<void> {
    const { certificate, key } = this.pki.pair(client);
    const root = this.pki.root.certificate;
    return tryCertificate({ client, host: "127.0.0.1", port: this.guest.port, root, certificate, key });
  }

  /** The guest's clock, seconds since 1970. */
  async now(): Promise<number> {
    return Number(await this.asRoot("date +%s"));
  }

  /** The front door's log since a moment of the guest's clock. */
  async log(since: number): Promise<LogLine[]> {
    const text = await this.asRoot(
      `journalctl -q -u ${this.frontDoorUnit} -o cat --since=@${since} | grep '^{' || true`,
    );
    const lines = text === "" ? [] : text.split("\n");
    return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.start >= since);
  }

  /** Waits until the log has a connection of a client's, that is until it has ended. */
  async logged(client: string): Promise<void> {
    const follow = `journalctl -q -u ${this.frontDoorUnit} -o cat -n all -f 2>/dev/null`;
    await this.asRoot(`grep -q -F '{"event":"connection","client":"${client}"' < <(${follow})`);
  }
}
