import { openPortOf } from "../../../components/firewall/openPorts";
import { firewallRules, firewallUnit } from "../../../components/firewall/rules";

const accepted = (text: string) =>
  [...text.matchAll(/^ +(tcp|udp) dport \{ (.*) \} accept$/gm)].map(
    ([, protocol, ports]) => `${protocol} ${ports}`,
  );

test("nothing is let in from outside but the front door, unless the configuration opens it", () => {
  expect(accepted(firewallRules())).toEqual(["tcp 2376"]);
  const opened = firewallRules([openPortOf(8080), openPortOf("53/udp"), openPortOf("443/tcp")]);
  expect(accepted(opened)).toEqual(["tcp 443, 2376, 8080", "udp 53"]);
});

test("everything else is dropped, once connections that stand were let through", () => {
  const rules = firewallRules()
    .split("\n")
    .map((line) => line.trim());
  expect(rules.indexOf("ct state != { new, untracked } accept")).toBeGreaterThan(-1);
  expect(rules.slice(-4)).toEqual(["counter drop", "}", "}", ""]);
});

test("the same ports in another order are the same rules", () => {
  const ports = [openPortOf(8080), openPortOf(443)];
  expect(firewallRules(ports)).toBe(firewallRules(ports.toReversed()));
});

test("only the table of our own is replaced, in one step", () => {
  expect(firewallRules()).toMatch(
    /^# Written by remote-docker\.\ntable inet remote_docker\ndelete table inet remote_docker\ntable inet remote_docker \{\n/,
  );
  expect(firewallRules()).not.toContain("flush");
});

test("it is loaded before the network, and after what may flush every table", () => {
  const unit = firewallUnit("/etc/x/rules.nft");
  expect(unit).toContain("\nBefore=network-pre.target ");
  expect(unit).toMatch(/^After=.*\bnftables\.service$/m);
  expect(unit).toContain("\nExecStart=nft -f /etc/x/rules.nft\n");
});
