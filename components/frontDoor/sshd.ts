/** Where {@link sshdConfiguration} belongs on a machine that we create. */
export const sshdConfigurationPath = "/etc/ssh/sshd_config.d/10-remote-docker.conf";

/** The key that the first connection to a new machine is pinned to; comes with the user data. */
export const bootstrapHostKeyPath = "/etc/ssh/ssh_host_ed25519_key";

/** The key that every later connection is pinned to; the first connection installs it. */
export const permanentHostKeyPath = "/etc/ssh/ssh_host_ecdsa_key";

/**
 * sshd behind the front door, as a drop-in: on loopback only, with the operator's key only. A host key that doesn't
 * exist yet, or no more, is skipped by sshd.
 */
export function sshdConfiguration(): string {
  return `# Written by remote-docker; sshd takes the first value that it finds for a keyword (sshd_config(5)).
ListenAddress 127.0.0.1:22
HostKey ${permanentHostKeyPath}
HostKey ${bootstrapHostKeyPath}

AllowUsers provision
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
DisableForwarding yes

# The front door is the peer of every connection and limits the rate for each real address: one stranger who is
# penalised here would lock everybody out.
PerSourcePenaltyExemptList 127.0.0.0/8
MaxStartups 100:30:200
LoginGraceTime 30

# A command whose connection was lost must not hold the transaction's lock for ever.
ClientAliveInterval 30
ClientAliveCountMax 4
`;
}
