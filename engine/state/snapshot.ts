import { isDeepStrictEqual } from "node:util";

import { manifest, readResource, sameRecord, writeResource } from "./checkpoint.ts";
import type { Operation, Resource } from "./checkpoint.ts";
import type { Checkpoint, OperationType, ResourceRecord } from "./file.ts";
import type { ValueCodec } from "./values.ts";

/**
 * The state during a run. What this run has settled comes first, in the order in which it was settled; behind it what
 * the last run left and this one hasn't touched. A resource is settled after everything that it depends on, so the file
 * is always in topological order (the official CLI crashes on any other).
 */
export class Snapshot {
  /** As the last run left them. */
  readonly olds: readonly Resource[];
  /** What the last run began and didn't end. */
  readonly interrupted: readonly Operation[];
  private readonly news: Resource[] = [];
  private readonly removed = new Set<Resource>();
  private readonly operations: Operation[];
  private readonly file: Checkpoint;
  private readonly codec: ValueCodec;
  private readonly salt: string | undefined;
  private readonly write: (file: Checkpoint) => Promise<void>;
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private written: { resources: ResourceRecord[]; operations: unknown };

  constructor(
    file: Checkpoint,
    codec: ValueCodec,
    salt: string | undefined,
    write: (file: Checkpoint) => Promise<void>,
  ) {
    this.file = file;
    this.codec = codec;
    this.salt = salt;
    this.write = write;
    const latest = file.checkpoint.latest;
    this.olds = (latest?.resources ?? []).map((record) => readResource(record, codec));
    // Of what an earlier run didn't finish only creates matter: the rest is seen again by comparing with the program.
    // They may have made something that only the user can find, so they stay until the user says that they are settled,
    // also when the same resource was created anew (pkg/backend/snapshot.go, pkg/backend/journal.go).
    this.interrupted = (latest?.pending_operations ?? []).map(({ resource, type }) => ({
      resource: readResource(resource, codec),
      type,
    }));
    this.operations = this.interrupted.filter(({ type }) => type === "creating");
    this.written = { resources: latest?.resources ?? [], operations: latest?.pending_operations ?? [] };
  }

  /** Every resource as it stands now. */
  resources(): Resource[] {
    return [...this.news, ...this.olds.filter((old) => !this.removed.has(old))];
  }

  /** Writes down what is about to happen, so that a crash during it is noticed. Durable when it resolves. */
  async begin(type: OperationType, resource: Resource): Promise<Operation> {
    const operation = { resource, type };
    this.operations.push(operation);
    await this.save();
    return operation;
  }

  end(operation: Operation): void {
    const at = this.operations.indexOf(operation);
    if (at >= 0) this.operations.splice(at, 1);
  }

  /** The user has looked: what earlier runs didn't finish creating isn't there, or no longer matters. */
  forgetPendingCreates(): void {
    this.operations.splice(0);
  }

  /** The resource is settled; `old` is what it takes the place of. */
  put(resource: Resource, old?: Resource): void {
    if (old) this.remove(old);
    this.news.push(resource);
  }

  /** A settled resource turned out different, such as a component's outputs. */
  replace(settled: Resource, by: Resource): void {
    const at = this.news.indexOf(settled);
    if (at < 0) throw new Error(`${settled.urn} is not settled yet`);
    this.news[at] = by;
  }

  remove(resource: Resource): void {
    const at = this.news.indexOf(resource);
    if (at >= 0) this.news.splice(at, 1);
    else this.removed.add(resource);
  }

  /** Resolves when what stands now is in the file, or an equal file was there already. Concurrent calls share a write. */
  save(): Promise<void> {
    if (this.next) return this.next;
    const next = this.writing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.flush();
      });
    this.next = next;
    this.writing = next;
    return next;
  }

  private async flush(): Promise<void> {
    const resources = this.resources().map((resource) => writeResource(resource, this.codec));
    const operations = this.operations.map(({ resource, type }) => ({
      resource: writeResource(resource, this.codec),
      type,
    }));
    if (sameSet(resources, this.written.resources) && isDeepStrictEqual(operations, this.written.operations))
      return;
    const latest = this.file.checkpoint.latest;
    this.file.checkpoint.latest = {
      ...latest,
      manifest: manifest(latest?.manifest, new Date()),
      ...(this.salt && { secrets_providers: { type: "passphrase", state: { salt: this.salt } } }),
      resources,
      pending_operations: operations.length > 0 ? operations : undefined,
      metadata: latest?.metadata ?? {},
    };
    await this.write(this.file);
    this.written = { resources, operations };
  }
}

/** Same records in any order: what is independent settles in another order each time, which is no change. */
function sameSet(a: ResourceRecord[], b: ResourceRecord[]): boolean {
  if (a.length !== b.length) return false;
  const identity = (record: ResourceRecord): string =>
    `${record.urn} ${String(record.delete ?? false)} ${record.id ?? ""}`;
  const byIdentity = new Map(b.map((record) => [identity(record), record]));
  return a.every((record) => {
    const other = byIdentity.get(identity(record));
    return other !== undefined && sameRecord(record, other);
  });
}
