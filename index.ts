import { RemoteDocker } from "./components/remoteDocker";
import { explained, readConfiguration } from "./config";

const configuration = readConfiguration();
const docker = explained(() => new RemoteDocker("docker", configuration));
const [first] = configuration.clients;

export const { DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = docker.clients[first.name];
export const { clients, serverCertificateExpires, rootExpires, sshCommand } = docker;
export const rotationPhase = "none";
