import { endOf, type Entry } from "./entry.ts";
import { refusals } from "./words.ts";

/** How long the health check goes on after its own connection, and the transaction's between its two requests. */
const probeMilliseconds = 60_000;
const transactionMilliseconds = 15_000;

/** How far back the log must be read, so that a check is recognised by how it began. */
export const checkMilliseconds = probeMilliseconds;

/** What the health check (components/health/probe.js) provokes after its own connection, in this order. */
const provoked: { reason: string; names: (string | undefined)[] }[] = [
  { reason: refusals.noCertificate, names: [undefined] },
  { reason: refusals.foreign, names: [undefined, "self-signed"] },
  { reason: refusals.unlisted, names: ["unlisted"] },
  { reason: refusals.oldTls, names: [undefined, "health"] },
  { reason: refusals.neither, names: [undefined] },
];

/** Said of a refusal by which the health check may have tried a bundle of a removed client's. */
export const perhapsHealthCheck = "perhaps npm run up, which tries the bundle of whom it removed";

/** The health check of an address. */
interface Probe {
  began: number;
  /** When it was last heard of, by a new client's certificate that was tried. */
  last: number;
  /** How many of {@link provoked} have been seen. */
  step: number;
  /** Removed clients whose certificates it has shown by then. */
  removed: Set<string>;
}

/**
 * Tells the program's own checks from what people and jobs do. A refusal counts as the health check's only when a
 * connection with the certificate of `health` came from the same address just before, and each kind once for each such
 * connection: what isn't certain is shown. So are the bundles of removed clients, which the health check tries last: each
 * may be in somebody else's hands as well, and the first refusal gets a note. After it new clients'
 * certificates are tried (components/clients/trial.js). A transaction asks through root's socket, and then without a certificate from 127.0.0.1 (components/host/scripts/health.sh).
 */
export class OwnChecks {
  private readonly probes = new Map<string, Probe>();
  private held: Entry[] = [];
  readonly leftOut: Entry[] = [];

  /**
   * Takes the log's next entry; returns what is to be shown by now. A connection of root's is held back until it is
   * known whether a transaction made it.
   */
  take(entry: Entry): Entry[] {
    const shown = this.release(entry.start);
    if (entry.kind === "local") {
      this.held.push(entry);
    } else if (this.isProbe(entry) || this.isTransaction(entry)) {
      this.leftOut.push(entry);
    } else {
      shown.push(this.isRemovedClient(entry) ? { ...entry, note: perhapsHealthCheck } : entry);
    }
    return shown;
  }

  /** What was held back and can't be a transaction's any more; everything by default. */
  release(now = Infinity): Entry[] {
    const late = (entry: Entry) => endOf(entry) + transactionMilliseconds < now;
    const released = this.held.filter(late);
    this.held = this.held.filter((entry) => !late(entry));
    return released;
  }

  private isProbe({ kind, client, claimed, address, start, reason }: Entry): boolean {
    if (address === undefined) return false;
    if (kind === "connection" && client === "health") {
      this.probes.set(address, { began: start, last: start, step: 0, removed: new Set() });
      return true;
    }
    const probe = this.probes.get(address);
    if (kind === "trial" && probe && start - probe.last <= probeMilliseconds) {
      probe.last = start;
      return true;
    }
    if (kind !== "refused" || !probe || start - probe.began > probeMilliseconds) return false;
    const step = provoked.findIndex((one) => one.reason === reason && one.names.includes(client ?? claimed));
    if (step < probe.step) return false;
    probe.step = step + 1;
    return true;
  }

  private isRemovedClient({ kind, client, address = "", start, reason }: Entry): boolean {
    const probe = this.probes.get(address);
    if (kind !== "refused" || reason !== refusals.unlisted || client === undefined || !probe) return false;
    const checked = probe.step === provoked.length && start - probe.began <= probeMilliseconds;
    if (!checked || probe.removed.has(client)) return false;
    probe.removed.add(client);
    return true;
  }

  private isTransaction({ kind, address, start, reason }: Entry): boolean {
    if (kind !== "refused" || address !== "127.0.0.1" || reason !== refusals.noCertificate) return false;
    const first = this.held.findLastIndex((entry) => endOf(entry) <= start);
    if (first < 0) return false;
    this.leftOut.push(...this.held.splice(first, 1));
    return true;
  }
}
