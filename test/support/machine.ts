import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../../components/machine/machine";

/** A machine that isn't there, for unit tests with Pulumi's mocks. */
export const machine: Machine = {
  address: pulumi.output("203.0.113.7"),
  port: pulumi.output(2376),
  certificateAddresses: pulumi.output(["203.0.113.7"]),
  incarnation: pulumi.output("SHA256:first"),
  start: pulumi.output("1"),
  ssh: {
    host: pulumi.output("203.0.113.7"),
    port: pulumi.output(2376),
    user: "provision",
    privateKey: pulumi.secret("operator's private key"),
  },
  hostKey: { bootstrap: pulumi.output("ssh-ed25519 bootstrap") },
  power: { kind: "aws" },
  estimatedMonthlyCost: "none: it isn't there",
};
