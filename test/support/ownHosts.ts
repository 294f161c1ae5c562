import type { HostOfSuite } from "./hosts";
import { Provisioned } from "./provisioned";

/** The machine that a stack has of its own. */
export const ownHosts: HostOfSuite[] = [
  { name: "a machine of our own", isAdopted: false, isAlwaysTried: true, start: () => Provisioned.start() },
];
