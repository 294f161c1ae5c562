import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client } from "@aws-sdk/client-ec2";
import { freePort } from "../freePort";

/** moto's server on loopback: the API's bookkeeping, without a machine behind it. */
export interface Moto {
  url: string;
  /** A client that speaks to moto itself, past the endpoint's refusals and records. */
  client(region: string): EC2Client;
  stop(): Promise<void>;
}

/** Stricter than moto by itself, with Debian's images instead of its own, and with AWS's own policies. */
const strict = {
  MOTO_AMIS_PATH: join(__dirname, "images.json"),
  MOTO_ENABLE_AMI_VALIDATION: "true",
  MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "true",
  MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
};

export async function startMoto(): Promise<Moto> {
  const python = execFileSync("bash", [join(__dirname, "moto.sh"), "path"], { encoding: "utf8" }).trim();
  if (!existsSync(python))
    throw new Error("moto is not installed; run: bash test/support/ec2/moto.sh install");
  const folder = mkdtempSync(join(tmpdir(), "moto-"));
  const log = join(folder, "log");
  const port = await freePort();
  const server = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)];
  const output = openSync(log, "w");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...server], {
    env: { PATH: process.env.PATH, HOME: folder, ...strict },
    stdio: ["ignore", output, output],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(child, url, log);
  } catch (error) {
    await stop();
    throw error;
  }
  const clients = new Map<string, EC2Client>();
  return {
    url,
    client: (region) => {
      const known = clients.get(region);
      if (known) return known;
      const made = new EC2Client({ endpoint: url, region, credentials });
      clients.set(region, made);
      return made;
    },
    stop,
  };
}

/** moto takes any. */
export const credentials = { accessKeyId: "emulation", secretAccessKey: "emulation" };

/** It says nothing when it is ready: it is asked until it answers or ends. */
async function answers(child: ChildProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`moto does not answer at ${url}:\n${readFileSync(log, "utf8")}`);
    }
    await new Promise((next) => setTimeout(next, 100));
  }
}
