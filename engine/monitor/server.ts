import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import type { Server } from "@grpc/grpc-js";

export const LOOPBACK = "127.0.0.1";

export interface Listener {
  /** host:port for --monitor and --engine. */
  address: string;
  /** Hands over the connections, those that came in already as well. */
  serve(services: [definition: unknown, implementation: Record<string, unknown>][]): Promise<void>;
  close(): void;
}

/**
 * Listens at once and loads gRPC later: the program takes longer to start than gRPC, so it is started first.
 * Loopback only: whoever reaches this port can register resources.
 */
export async function listen(): Promise<Listener> {
  const early: Socket[] = [];
  let accept = (socket: Socket): void => void early.push(socket);
  const listener = createServer({ pauseOnConnect: true }, (socket) => accept(socket));
  await new Promise<void>((done, fail) => listener.once("error", fail).listen(0, LOOPBACK, done));
  let server: Server | undefined;
  return {
    address: `${LOOPBACK}:${(listener.address() as AddressInfo).port}`,
    async serve(services) {
      const grpc = await import("@grpc/grpc-js");
      // The SDK's own limit (runtime/settings.js, maxRPCMessageSize).
      server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
      for (const [definition, implementation] of services) {
        server.addService(definition as never, implementation as never);
      }
      const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
      accept = (socket) => {
        injector.injectConnection(socket);
        socket.resume();
      };
      early.forEach(accept);
    },
    close() {
      listener.close();
      server?.forceShutdown();
      early.forEach((socket) => socket.destroy());
    },
  };
}
