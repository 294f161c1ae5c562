import { hosts } from "../support/hosts";
import type { Provisioned } from "../support/provisioned";
import { succeeded } from "../support/run";

jest.setTimeout(300_000);

const wanted = { clients: ["alice"] };

describe.each(hosts.filter(({ name }) => name === "an adopted Debian 13"))("on $name", ({ start }) => {
  let host: Provisioned;

  // Here provisioning doesn't come by the front door, and so can mend one that is down.
  beforeAll(async () => {
    host = await start();
    await host.provision(wanted);
  });
  afterAll(() => host?.stop());

  async function letsIn(): Promise<boolean> {
    return (await host.curl(...host.pki.shown("alice").curl)).status === 0;
  }

  test("a front door that can't start, as its port is taken, is told of by its own words, and started once it is free", async () => {
    const unit = host.frontDoorUnit;
    const listens = "ss -Htln 'sport = :2376' | grep -q .";
    await host.asRoot(
      `systemctl stop ${unit}; systemd-run --quiet --unit=thief socat TCP-LISTEN:2376,fork EXEC:true; ` +
        `until ${listens}; do read -rt 0.05 <> <(:) || true; done`,
    );
    const { status, stderr } = await host.transaction(wanted);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/cannot bind socket|Address already in use/i);
    await host.asRoot("systemctl stop thief.service");
    // systemd may have been faster.
    await host.provision(wanted);
    expect(await letsIn()).toBe(true);
  });

  test("a front door whose files were damaged gets whole ones", async () => {
    const unit = host.frontDoorUnit;
    await host.asRoot(
      `truncate -s 100 /etc/remote-docker/current/frontDoor/server.pem; systemctl restart ${unit} || true`,
    );
    expect(await letsIn()).toBe(false);
    expect(await host.provision(wanted)).toMatchObject({ frontDoor: "reload" });
    expect(await letsIn()).toBe(true);
  });

  test("a front door that has died too often to be started by systemd is started", async () => {
    const unit = host.frontDoorUnit;
    succeeded(
      await host.guest.ssh(
        "sudo -n bash -s",
        `for _ in {1..20}; do systemctl restart ${unit} || break; done; systemctl stop ${unit}; ! systemctl start ${unit} 2>/dev/null`,
      ),
    );
    expect(await host.provision(wanted)).toMatchObject({ frontDoor: "reload" });
    expect(await letsIn()).toBe(true);
  });
});
