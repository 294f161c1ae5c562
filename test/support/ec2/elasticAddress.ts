import { connect, createServer, type Server, type Socket } from "node:net";

/** The port of loopback that a peer's connection is led to, or undefined when it is to be closed. */
export type Lead = (peer: string) => Promise<number | undefined>;

/**
 * An Elastic IP. moto's are of 127.0.0.0/8, all of which is this computer's own, so that its port 2376 can be listened
 * at and is nobody else's. A connection that no rule admits is closed, where EC2 says nothing at all; a rule that is
 * taken away ends no connection, as on EC2.
 */
export class ElasticAddress {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async listen(address: string, port: number, lead: Lead): Promise<ElasticAddress> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const made = new ElasticAddress(server);
    server.on("connection", (client) => made.accept(client, lead));
    await new Promise<void>((done, fail) => server.once("error", fail).listen(port, address, done));
    return made;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private accept(client: Socket, lead: Lead): void {
    this.keep(client);
    lead(client.remoteAddress ?? "").then(
      (port) => {
        if (port === undefined) return void client.destroy();
        const machine = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        this.keep(machine);
        client.once("close", () => machine.destroy());
        machine.once("close", () => client.destroy());
        client.pipe(machine).pipe(client);
      },
      () => client.destroy(),
    );
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    // Its end is all that matters.
    socket.on("error", () => undefined);
  }
}
