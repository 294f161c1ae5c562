// The project's program for a machine that runs already: everything from the authority to the healthy daemon.
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { Authority } from "../components/authority/authority";
import { bundlesFolder, ClientBundle } from "../components/clients/clientBundle";
import { Health } from "../components/health/health";
import { DockerHost } from "../components/host/dockerHost";
import type { Machine } from "../components/machine/machine";

interface Guest {
  port: number;
  operatorKey: string;
  bootstrapHostKey: string;
}

const guest = new pulumi.Config("remote-docker").requireObject<Guest>("guest");
const address = pulumi.output("127.0.0.1");
const port = pulumi.output(guest.port);
const machine: Machine = {
  address,
  port,
  certificateAddresses: pulumi.output([]),
  incarnation: pulumi.output("bench"),
  start: pulumi.output("1"),
  ssh: {
    host: address,
    port,
    user: "provision",
    privateKey: pulumi.secret(guest.operatorKey),
  },
  hostKey: { bootstrap: pulumi.output(guest.bootstrapHostKey) },
  power: { kind: "aws" },
  estimatedMonthlyCost: "none",
};

const authority = new Authority("authority", { clients: [{ name: "me" }] });
const trust = {
  root: authority.root,
  inner: authority.inner,
  server: authority.certifyServer({ addresses: [], serverNames: [] }),
};
const hostKey = new tls.PrivateKey("host-key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const host = new DockerHost("host", { machine, hostKey, trust, clients: authority.allowed });
const bundles = bundlesFolder(pulumi.getStack());
const health = new Health("health", {
  address,
  port,
  root: authority.root,
  client: authority.health,
  refused: authority.refused,
  allowed: authority.allowed,
  bundles,
  after: { CONFIGURATION: host.configuration },
});
new ClientBundle(
  "client",
  {
    client: "me",
    folder: bundles,
    identity: authority.clients.me,
    root: authority.root,
    dialed: { address: pulumi.output(address), port: pulumi.output(port) },
  },
  { dependsOn: health },
);
