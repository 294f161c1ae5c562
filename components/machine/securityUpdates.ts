/** A file of cloud-init's user data. */
interface WrittenFile {
  path: string;
  permissions: string;
  content: string;
}

/** Their upgrade would end somebody's builds and streams. Each is the beginning of packages' names. */
const heldBack = ["docker", "containerd", "runc", "haproxy"];

/**
 * Debian's unattended upgrades for a machine that others build on: at night, behind everything else, never what would
 * restart dockerd, containerd or the front door, and never a reboot.
 *
 * @param kernelOutside whether the machine's kernel is not the one that is installed, so that another one would only cost time
 */
export function securityUpdates(kernelOutside: boolean): WrittenFile[] {
  const names = kernelOutside ? [...heldBack, "linux-image-"] : heldBack;
  return [
    file("/etc/apt/apt.conf.d/60remote-docker", [
      'APT::Periodic::Update-Package-Lists "1";',
      'APT::Periodic::Unattended-Upgrade "1";',
      'APT::Periodic::AutocleanInterval "7";',
      `Unattended-Upgrade::Package-Blacklist { ${names.map((name) => `"${name}"; `).join("")}};`,
      'Unattended-Upgrade::Automatic-Reboot "false";',
    ]),
    dropIn("apt-daily.timer", ["[Timer]", "OnCalendar=", "OnCalendar=*-*-* 01:00", "RandomizedDelaySec=2h"]),
    dropIn("apt-daily-upgrade.timer", [
      "[Timer]",
      "OnCalendar=",
      "OnCalendar=*-*-* 03:30",
      "RandomizedDelaySec=2h",
    ]),
    ...["apt-daily.service", "apt-daily-upgrade.service"].map((unit) =>
      dropIn(unit, ["[Service]", "Nice=19", "CPUWeight=idle", "IOSchedulingClass=idle"]),
    ),
  ];
}

function dropIn(unit: string, lines: string[]): WrittenFile {
  return file(`/etc/systemd/system/${unit}.d/remote-docker.conf`, lines);
}

function file(path: string, lines: string[]): WrittenFile {
  return { path, permissions: "0644", content: `${lines.join("\n")}\n` };
}
