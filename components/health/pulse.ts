import * as https from "node:https";
import * as pulumi from "@pulumi/pulumi";
import type { KeyPair } from "../authority/identity";

export interface PulseArgs {
  /** Address that clients dial. */
  address: pulumi.Input<string>;
  /** Port that clients dial. */
  port: pulumi.Input<number>;
  /** The roots' certificates, PEM. */
  root: pulumi.Input<string>;
  /** The reserved client `health`. */
  client: KeyPair;
  /** Milliseconds that an answer may take. Default: 10,000, for a busy machine that is emulated. */
  patience?: number;
}

/** What the question needs, by now known. */
interface Question {
  host: string;
  port: number;
  ca: string;
  cert: string;
  key: string;
}

/**
 * One question to the daemon at each `up` and preview, also when nothing changes: empty where it answers, else words with
 * the time of asking. A front door that isn't there, or doesn't let the certificate in, is no matter of the daemon's: on
 * a new machine that is how it has to be. While dockerd is away or stuck, the front door holds the connection.
 */
export function pulse({ address, port, root, client, patience = 10_000 }: PulseArgs): pulumi.Output<string> {
  const { certificate, key } = client;
  const answered = pulumi
    .all([address, port, root, certificate, key])
    .apply(([host, dialed, ca, cert, secret]) =>
      answers({ host, port: dialed, ca, cert, key: secret }, patience),
    );
  return pulumi
    .unsecret(answered)
    .apply((yes) => (yes ? "" : `The daemon did not answer at ${new Date().toISOString()}.`));
}

/** Whether it does, or there is nobody who would know. */
function answers(question: Question, patience: number): Promise<boolean> {
  return new Promise((resolve) => {
    let admitted = false;
    const request = https.get(
      { ...question, path: "/_ping", agent: false, timeout: patience },
      (response) => {
        response.resume();
        end(true);
      },
    );
    const timer = setTimeout(() => end(!admitted), patience);
    const end = (yes: boolean) => {
      clearTimeout(timer);
      resolve(yes);
      request.destroy();
    };
    request.on("socket", (socket) => socket.once("secureConnect", () => (admitted = true)));
    request.on("error", () => end(true));
  });
}
