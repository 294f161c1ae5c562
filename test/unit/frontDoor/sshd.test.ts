import { sshdConfiguration } from "../../../components/frontDoor/sshd";

test("sshd is reached through the front door alone, by the operator's key alone", () => {
  const text = sshdConfiguration();
  expect(text.match(/^ListenAddress .*$/gm)).toEqual(["ListenAddress 127.0.0.1:22"]);
  for (const line of [
    "AllowUsers provision",
    "AuthenticationMethods publickey",
    "PasswordAuthentication no",
    "PermitRootLogin no",
    "DisableForwarding yes",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
});

test("the front door's address is never penalised for what strangers do through it", () => {
  expect(sshdConfiguration()).toContain("PerSourcePenaltyExemptList 127.0.0.0/8\n");
});

test("the bootstrap and the permanent host key are both served", () => {
  expect(sshdConfiguration().match(/^HostKey .*$/gm)).toEqual([
    "HostKey /etc/ssh/ssh_host_ecdsa_key",
    "HostKey /etc/ssh/ssh_host_ed25519_key",
  ]);
});
