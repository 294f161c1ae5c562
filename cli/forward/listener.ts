import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { dial, type Door } from "../shared/daemon.ts";
import { explain } from "../shared/refusal.ts";

/** A port of this computer's loopback that leads to a published port of the machine. */
export class Listener {
  readonly published: number;
  private readonly server: Server;
  private readonly door: Door;
  private readonly note: (text: string) => void;
  private readonly sockets = new Set<Socket>();
  private complaint = "";

  private constructor(server: Server, door: Door, published: number, note: (text: string) => void) {
    this.server = server;
    this.door = door;
    this.published = published;
    this.note = note;
    server.on("connection", (socket: Socket) => this.lead(socket));
  }

  /**
   * Listens at a port of 127.0.0.1; where that is taken, or isn't this user's to have, at another one.
   *
   * @param note takes what is wrong with a connection, once until another is well again
   */
  static async open(
    door: Door,
    { local, published }: { local: number; published: number },
    note: (text: string) => void,
  ): Promise<Listener> {
    const server = await listen(local).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") return listen(0);
      throw error;
    });
    return new Listener(server, door, published, note);
  }

  /** The port that it has got. */
  get local(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Ends its connections, too. */
  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Each connection is one of its own through the front door, so that the next one works again after a failure. */
  private lead(socket: Socket): void {
    const far = dial(this.door, `port-${this.published}.remote-docker`);
    for (const one of [socket, far]) {
      this.sockets.add(one);
      one.setKeepAlive(true, 30_000).setNoDelay(true);
      one.on("close", () => {
        this.sockets.delete(one);
        socket.destroy();
        far.destroy();
      });
    }
    let answered = false;
    const fail = (why: string) => {
      if (answered || socket.destroyed || this.complaint === why) return;
      this.complaint = why;
      this.note(`port ${this.published}: ${why}`);
    };
    socket.on("error", () => undefined);
    far.on("error", (error) => fail(explain(error, this.door)));
    far.once("data", () => {
      answered = true;
      this.complaint = "";
    });
    far.on("end", () => fail(nobodyThere));
    socket.pipe(far);
    far.pipe(socket);
  }
}

const nobodyThere =
  "the connection ended without an answer: does a container that runs publish it, on 127.0.0.1 or 0.0.0.0 of the machine " +
  "(docker ps), and is this client still admitted?";

async function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
