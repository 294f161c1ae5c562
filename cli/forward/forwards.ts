import type { Door } from "../shared/daemon.ts";
import type { PortPair } from "./arguments.ts";
import { Listener } from "./listener.ts";
import type { PublishedPort } from "./published.ts";

/** What happens to a forwarded port. */
export interface ForwardEvent {
  event: "forwarding" | "ended";
  /** Port of this computer's 127.0.0.1. */
  local: number;
  published: number;
  /** Container and its port, where they are known. */
  target?: string;
  /** The port that was wanted, where it couldn't be had. */
  instead?: number;
}

/** The ports that are forwarded now. */
export class Forwards {
  private readonly followed = new Map<number, Listener>();
  private readonly asked: Listener[] = [];

  private readonly door: Door;
  private readonly tell: (event: ForwardEvent) => void;
  private readonly note: (text: string) => void;

  constructor(door: Door, tell: (event: ForwardEvent) => void, note: (text: string) => void) {
    this.door = door;
    this.tell = tell;
    this.note = note;
  }

  /** Those that were asked for by number. */
  async add(pairs: PortPair[]): Promise<void> {
    for (const pair of pairs) this.asked.push(await this.open(pair));
  }

  /** Makes what is published the ports that are forwarded, besides those of {@link add}. */
  async follow(ports: PublishedPort[]): Promise<void> {
    const wanted = new Set(ports.map(({ port }) => port));
    for (const [port, listener] of this.followed) {
      if (wanted.has(port)) continue;
      this.followed.delete(port);
      this.tell({ event: "ended", local: listener.local, published: port });
      listener.close();
    }
    for (const { port, target } of ports) {
      const known = this.followed.has(port) || this.asked.some(({ published }) => published === port);
      if (!known) this.followed.set(port, await this.open({ local: port, published: port }, target));
    }
  }

  close(): void {
    for (const listener of [...this.asked, ...this.followed.values()]) listener.close();
  }

  private async open(pair: PortPair, target?: string): Promise<Listener> {
    const listener = await Listener.open(this.door, pair, this.note);
    const instead = listener.local === pair.local ? undefined : pair.local;
    this.tell({ event: "forwarding", local: listener.local, published: pair.published, target, instead });
    return listener;
  }
}
