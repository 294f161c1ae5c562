"use strict";

const { stripVTControlCharacters } = require("node:util");

/** Lines that an error shows. */
const shown = 40;

/** firstBoot.sh's last word, or the kernel's. */
const failure = /cloud-init\[\d+\]: the front door stays closed$|Kernel panic - not syncing/;

/** What an instance writes to its serial console, as EC2 tells it. */
class MachineConsole {
  constructor(instance, region) {
    this.instance = instance;
    this.region = region;
    this.told = new Set();
    /** Whether a boot that can't come to a good end was seen. */
    this.failed = false;
  }

  /** What the first boot has said since the last call; nothing where EC2 doesn't tell. */
  async progress() {
    const lines = await this.read(true).catch(() => []);
    const boot = lines.slice(
      Math.max(
        0,
        lines.findLastIndex((line) => line.includes("Linux version ")),
      ),
    );
    this.failed = boot.some((line) => failure.test(line));
    // Each line has the machine's own time, and so is told once.
    const fresh = lines.filter((line) => /cloud-init\[\d+\]: (?!ci-info)/.test(line) && !this.told.has(line));
    for (const line of fresh) this.told.add(line);
    return fresh.map((line) => line.replace(/^.*cloud-init\[\d+\]: /, ""));
  }

  /** The console's end, or how to see it. */
  async end() {
    const byHand = `aws ec2 get-console-output --region ${this.region} --instance-id ${this.instance} --latest --output text`;
    try {
      // Older types of instances have no more than what was kept after the boot.
      const lines = await this.read(true).catch(() => this.read(false));
      if (lines.length === 0) return `Its console is still empty; to see it later: ${byHand}`;
      return `The end of its console (all of it: ${byHand}):\n${lines.slice(-shown).join("\n")}`;
    } catch (error) {
      return `Its console can't be read (${error.message}); to see it: ${byHand}`;
    }
  }

  async read(Latest) {
    const { EC2Client, GetConsoleOutputCommand } = require("@aws-sdk/client-ec2");
    this.client ??= new EC2Client({ region: this.region });
    const { Output = "" } = await this.client.send(
      new GetConsoleOutputCommand({ InstanceId: this.instance, Latest }),
    );
    const text = stripVTControlCharacters(Buffer.from(Output, "base64").toString()).trimEnd();
    return text === "" ? [] : text.split(/\r*\n/);
  }
}

module.exports = { MachineConsole };
