import type { HostOfSuite } from "../hosts";
import { adoptedHost } from "./provisioned";

/** Hosts that somebody has set up by hand, adopted. */
export const adoptedHosts: HostOfSuite[] = [
  // The oldest of what a host may have.
  {
    name: "an adopted Debian 12",
    isAdopted: true,
    isAlwaysTried: true,
    start: () => adoptedHost("bookworm"),
  },
  { name: "an adopted Debian 13", isAdopted: true, isAlwaysTried: false, start: () => adoptedHost("trixie") },
];
