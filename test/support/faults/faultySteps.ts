import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runScript } from "../../../components/host/scripts";
import type { Provisioned, Wanted } from "../provisioned";
import { type Outcome, succeeded } from "../run";

/** What may happen to a command of a transaction, in words that follow "when a step". */
export const faults = {
  fails: "fails without having done anything",
  killed: "is where the whole transaction is killed",
  full: "finds the disk full, as do all that follow",
  cut: "is where the connection is cut",
  power: "is where the power fails",
};

export type Fault = keyof typeof faults;

/** What is on a host between two transactions, or in the middle of one. */
export interface HostState {
  /** Names of all whom any set on the disk or any process of the front door lets in, sorted. */
  admitted: string[];
  /** Digest of the current set. */
  current: string;
  /** Folders of sets. */
  sets: string[];
  /** What a transaction has left half done, and who holds its lock. */
  leftovers: string[];
}

/** What became of a transaction with a fault in it. */
export interface Injected extends Outcome {
  /** The command that the fault hit; empty if the transaction ended before. */
  command: string;
  /** The state just before. */
  then: HostState;
}

/** Transactions on a host, each with a fault at one of its commands. */
export class FaultySteps {
  private constructor(private readonly host: Provisioned) {}

  static async on(host: Provisioned): Promise<FaultySteps> {
    const steps = new FaultySteps(host);
    await steps.prepare();
    return steps;
  }

  /** How many commands a transaction has that nothing happens to. */
  async count(wanted: Wanted): Promise<number> {
    succeeded(await this.transaction(wanted, "fails", 0));
    return Number(await this.host.asRoot("wc -c </run/faults/count"));
  }

  /** A transaction that a fault befalls at its command number `at`, from 1. */
  async inject(wanted: Wanted, fault: Fault, at: number): Promise<Injected> {
    const outcome = await (fault === "power"
      ? this.powerCut(wanted, at)
      : this.transaction(wanted, fault, at));
    await this.onHost("ended");
    const noted = await this.host.asRoot("cat /run/faults/then 2>/dev/null || true");
    const command = /^command (.*)$/m.exec(noted)?.[1] ?? "";
    return { ...outcome, command, then: parsed(noted) };
  }

  async state(): Promise<HostState> {
    return parsed(await this.onHost("state"));
  }

  /** Keeps what a host is before its first transaction, for {@link reset}. */
  async keep(): Promise<void> {
    await this.onHost("keep");
  }

  async reset(): Promise<void> {
    await this.onHost("reset");
  }

  private transaction(wanted: Wanted, fault: Fault, at: number): Promise<Outcome> {
    const prelude =
      `rm -rf /run/faults/{done,then}; : >/run/faults/count; echo $$ >/run/faults/process\n` +
      `export FAULT=${fault} FAULT_AT=${at} PATH=/run/faults/bin:$PATH\n`;
    return this.host.guest.ssh(runScript("provision"), prelude + this.host.script(wanted));
  }

  private async powerCut(wanted: Wanted, at: number): Promise<Outcome> {
    await this.host.asRoot("rm -rf /run/faults/{process,power}");
    const running = this.transaction(wanted, "power", at);
    await this.onHost("reached");
    const noted = await this.host.asRoot("cat /run/faults/then 2>/dev/null || true");
    if (noted !== "") {
      await this.host.guest.losePower!();
      await this.prepare();
      succeeded(await this.host.guest.ssh("sudo -n tee /run/faults/then", noted));
    }
    return running;
  }

  private async prepare(): Promise<void> {
    const script = readFileSync(join(__dirname, "faults.sh"), "utf8");
    succeeded(
      await this.host.guest.ssh("sudo -n mkdir -p /run/faults && sudo -n tee /run/faults/faults.sh", script),
    );
    const layout = `FRONT_DOOR_UNIT=${this.host.frontDoorUnit} MASTER_SOCKET=${this.host.masterSocket}\n`;
    succeeded(await this.host.guest.ssh("sudo -n tee /run/faults/layout", layout));
    const words = new Set(this.host.script({}).match(/\b[a-z][a-z0-9-]+\b/g));
    await this.onHost(`prepare ${[...words].join(" ")}`);
  }

  private onHost(command: string): Promise<string> {
    return this.host.asRoot(`bash /run/faults/faults.sh ${command}`);
  }
}

function parsed(text: string): HostState {
  const all = (key: string) =>
    [...text.matchAll(new RegExp(`^${key} (.*)$`, "gm"))].map(([, value]) => value);
  return {
    admitted: all("admitted"),
    current: all("current")[0] ?? "",
    sets: all("set"),
    leftovers: [...all("leftover"), ...all("holder")],
  };
}
