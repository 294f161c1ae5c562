import { ordered } from "./order.ts";
import type { Operation, OperationType, Resource, Snapshot } from "./resource.ts";

/** Saves a snapshot so that it survives this process; resolves when it is on the disk. */
export type Save = (snapshot: Snapshot) => Promise<void>;

/**
 * The state while it changes: what this run has dealt with, then what is left of the state before. Every change of
 * substance is on the disk before the run goes on, and changes that come while a save is running share the next one.
 */
export class Journal {
  readonly #save: Save;
  #done: Resource[] = [];
  #rest: Resource[];
  #pending: Operation[];
  #dirty = false;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(base: Snapshot, save: Save) {
    this.#save = save;
    this.#rest = base.resources;
    // Only a create may have left something behind that the state doesn't know: the official engine keeps just these.
    this.#pending = base.pending.filter(({ type }) => type === "creating");
    this.#dirty = this.#pending.length !== base.pending.length;
  }

  get snapshot(): Snapshot {
    return { resources: ordered([...this.#done, ...this.#rest]), pending: this.#pending };
  }

  /** Records what is about to be done; must resolve before it is done. */
  async begin(type: OperationType, resource: Resource): Promise<Operation> {
    const operation = { type, resource };
    this.#pending = [...this.#pending, operation];
    await this.#flushNow();
    return operation;
  }

  /** Records what has been done. Without a change of state it only takes the operation back. */
  async end(operation: Operation, change: () => void): Promise<void> {
    change();
    this.#pending = this.#pending.filter((other) => other !== operation);
    await this.#flushNow();
  }

  /** The resource takes its predecessor's place; saved with the next save. */
  put(resource: Resource, predecessor?: Resource): void {
    if (predecessor) {
      this.#done = this.#done.filter((other) => other !== predecessor);
      this.#rest = this.#rest.filter((other) => other !== predecessor);
    }
    this.#done.push(resource);
    if (resource !== predecessor) this.#dirty = true;
    // What was begun before and interrupted is now done.
    const unresolved = this.#pending.filter((other) => !resolves(resource, other));
    if (unresolved.length !== this.#pending.length) this.#dirty = true;
    this.#pending = unresolved;
  }

  /** The resource stays where it is, with other contents. */
  change(from: Resource, to: Resource): void {
    const swap = (list: Resource[]): Resource[] => list.map((other) => (other === from ? to : other));
    this.#done = swap(this.#done);
    this.#rest = swap(this.#rest);
    this.#dirty = true;
  }

  remove(resource: Resource): void {
    this.#done = this.#done.filter((other) => other !== resource);
    this.#rest = this.#rest.filter((other) => other !== resource);
    this.#dirty = true;
  }

  /** What the run hasn't dealt with. */
  get rest(): readonly Resource[] {
    return this.#rest;
  }

  forgetPending(): void {
    if (this.#pending.length > 0) this.#dirty = true;
    this.#pending = [];
  }

  /** Saves what hasn't been saved; nothing when nothing changed. */
  async flush(): Promise<void> {
    if (this.#dirty || this.#running) await this.#flushNow();
  }

  #flushNow(): Promise<void> {
    this.#dirty = true;
    if (!this.#running) {
      this.#running = this.#write();
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#running = this.#write();
        return this.#running;
      });
    return this.#next;
  }

  async #write(): Promise<void> {
    this.#dirty = false;
    try {
      await this.#save(this.snapshot);
    } catch (error) {
      this.#dirty = true;
      throw error;
    } finally {
      if (!this.#next) this.#running = undefined;
    }
  }
}

function resolves(resource: Resource, { resource: begun, type }: Operation): boolean {
  return type === "creating" && begun.urn === resource.urn && resource.id !== undefined && begun !== resource;
}
