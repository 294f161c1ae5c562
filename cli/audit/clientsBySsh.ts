import { endOf, type Entry } from "./entry.ts";

/**
 * Clients by SSH with the address where they came from: behind the front door, sshd sees all of them come from the machine
 * itself. The port by which the front door passed their connection on tells which it was.
 */
export function withAddresses(entries: Entry[]): Entry[] {
  const toSshd = entries.filter(({ kind, passedOn }) => kind === "ssh" && passedOn !== undefined);
  return entries.map((entry) => {
    if (entry.by !== "ssh" || entry.address !== "127.0.0.1") return entry;
    const way = toSshd.findLast(
      (one) =>
        one.passedOn === entry.port && one.start <= entry.start && (one.open || endOf(one) >= entry.start),
    );
    return { ...entry, address: way?.address, port: way?.port };
  });
}
