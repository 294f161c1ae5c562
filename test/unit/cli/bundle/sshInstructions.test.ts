import { bundleOf, onlyBySsh } from "../../../../cli/bundle/bundle.ts";
import { sshInstructions } from "../../../../cli/bundle/sshInstructions.ts";
import { clientEnvironment } from "../../../../cli/shared/clients.ts";

const way = {
  DOCKER_HOST: "ssh://remote-docker@192.0.2.7:2376",
  knownHosts: "[192.0.2.7]:2376 ecdsa-sha2-nistp256 AAAA",
};
const outputs = {
  DOCKER_HOST: "tcp://192.0.2.7:2376",
  bundles: {},
  clients: { ana: { DOCKER_HOST: way.DOCKER_HOST, ssh: way } },
};

test("the instructions of a client by SSH have the host's key, DOCKER_HOST with its port, and how to share a connection", () => {
  const text = sshInstructions({ client: "ana", stack: "dev" }, way);
  expect(text).toContain(`echo '${way.knownHosts}' >> ~/.ssh/known_hosts`);
  expect(text).toContain(`export DOCKER_HOST=${way.DOCKER_HOST}\n`);
  expect(text).toMatch(/Host 192\.0\.2\.7\n {4}User remote-docker\n {4}Port 2376\n[^`]*ControlMaster auto/);
});

test("who comes by SSH alone has no bundle and no environment of a certificate's, and is told where to look", () => {
  expect(onlyBySsh(outputs, "ana")).toEqual(way);
  for (const asked of [() => bundleOf("dev", outputs, "ana"), () => clientEnvironment("dev", outputs, "ana")])
    expect(asked).toThrow("npm run bundle -- ana --instructions");
});
