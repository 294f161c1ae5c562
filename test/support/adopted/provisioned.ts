import { adoptScript, examineScript, theirDocker } from "../../../components/machine/ssh/adoption";
import { parseFacts } from "../../../components/machine/ssh/facts";
import { haproxyVersion } from "../../../components/machine/ssh/findings";
import { merge } from "../../../components/machine/ssh/merge";
import { runScript } from "../../../components/host/scripts";
import { Provisioned } from "../provisioned";
import { AdoptedHost, type Suite } from "./host";

/** A host that was there before, adopted, with the means to run transactions on it. */
export async function adoptedHost(suite: Suite): Promise<Provisioned> {
  const host = await AdoptedHost.start(suite);
  try {
    const args = { host: host.address };
    const facts = parseFacts(await host.out(runScript("root"), examineScript()));
    const { theirs } = merge(theirDocker(facts), haproxyVersion(facts), {}, {}, []);
    await host.out(runScript("root"), adoptScript("suite", facts, theirs, args, {}));
    const keys = { operator: host.keys, bootstrap: host.keys };
    const operator = {
      host: host.address,
      port: host.sshPort,
      user: "root",
      privateKey: host.keys.private,
      hostKey: await host.hostKey(),
    };
    return Provisioned.adopted(
      {
        port: host.frontDoorPort,
        keys,
        operator,
        ssh: (command, input) => host.ssh(command, input),
        losePower: () => host.losePower(),
        stop: () => host.stop(),
      },
      theirs,
    );
  } catch (error) {
    await host.stop();
    throw error;
  }
}
