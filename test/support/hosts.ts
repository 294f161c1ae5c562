import { adoptedHosts } from "./adopted/suiteHosts";
import { ownHosts } from "./ownHosts";
import type { Provisioned } from "./provisioned";

/** A kind of host that what runs on a host is tried on; each kind describes its own. */
export interface HostOfSuite {
  /** In words that follow "on". */
  name: string;
  isAdopted: boolean;
  /** Whether `npm test` tries faults on it, too; `npm run test:faults` tries them on all. */
  isAlwaysTried: boolean;
  /** Starts one anew, for a test file. */
  start: () => Promise<Provisioned>;
}

/** All kinds. */
export const hosts: HostOfSuite[] = [...ownHosts, ...adoptedHosts];

/** Whether this is `npm run test:faults`, which has hours. */
export const everyStep = process.env.REMOTE_DOCKER_TEST_EVERY_STEP !== undefined;

/** Those that faults are tried on. */
export const faultyHosts = hosts.filter(({ isAlwaysTried }) => everyStep || isAlwaysTried);
