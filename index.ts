import { daysLeft } from "./components/authority/expiry";
import { RemoteDocker } from "./components/remoteDocker";
import { explained, readConfiguration } from "./config";

const configuration = readConfiguration();
const docker = explained(() => new RemoteDocker("docker", configuration));
const [first] = configuration.clients;

export const { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = docker.clients[first.name];
export const { clients, bundles, serverCertificateExpires, rootExpires, rotationPhase, notMovedOver } =
  docker;
export const serverCertificateDaysLeft = serverCertificateExpires.apply((expires) => daysLeft(expires));
export const rootDaysLeft = rootExpires.apply((expires) => daysLeft(expires));
export const { sshCommand, operator, power, estimatedMonthlyCost } = docker;
