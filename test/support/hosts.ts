import { adoptedHost } from "./adopted/provisioned";
import { Provisioned } from "./provisioned";

/** The kinds of host that what runs on a host is tried on; each is started anew for a test file. */
export const hosts: { name: string; isAdopted: boolean; start: () => Promise<Provisioned> }[] = [
  { name: "a machine of our own", isAdopted: false, start: () => Provisioned.start() },
  { name: "an adopted Debian 12", isAdopted: true, start: () => adoptedHost("bookworm") },
  { name: "an adopted Debian 13", isAdopted: true, start: () => adoptedHost("trixie") },
];
