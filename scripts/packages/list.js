"use strict";

/**
 * Debian packages that commands need on this computer besides what a kind of machine does (scripts/machineKinds.js), each
 * with what proves that it is there: a command, or a file.
 * `newer`: Debian 12 has it too old, its backports have it. `services`: what it would start, which isn't wanted.
 */

const e2fsprogs = { name: "e2fsprogs", command: "debugfs" };

const shellcheck = { name: "shellcheck", command: "shellcheck" };

/** What all tests need: things to hold the program's own against. */
const unitTests = [
  { name: "procps", command: "pkill" },
  // moto, which keeps the books of the EC2 emulation, is a Python program.
  { name: "python3-venv", file: "/var/lib/dpkg/info/python3-venv.list" },
  e2fsprogs,
  { name: "openssl", command: "openssl" },
  { name: "age", command: "age" },
  // Its systemd-analyze checks the units of examples/.
  { name: "systemd", command: "systemd-analyze" },
  // Also the program of an image that is made from nothing: the dynamic one would need its libraries.
  { name: "busybox-static", file: "/var/lib/dpkg/info/busybox-static.list" },
  // Shells that complete the commands; the third one is bash.
  { name: "zsh", command: "zsh" },
  { name: "fish", command: "fish" },
  { name: "openssh-client", command: "ssh-keygen" },
  { name: "openssh-server", command: "sshd", services: ["ssh.service", "ssh.socket"] },
];

/** The tests ask the front door with it; Pulumi's installer, which the npm package `pulumi` runs, downloads with it. */
const curl = { name: "curl", command: "curl" };

/** What the end-to-end tests need besides that and the machine's. */
const machineTests = [
  { name: "qemu-utils", command: "qemu-img", newer: true },
  curl,
  // Machines at native speed: test/support/container.
  { name: "systemd-container", command: "systemd-nspawn" },
  { name: "slirp4netns", command: "slirp4netns" },
  { name: "iproute2", command: "ip" },
  { name: "perl-base", command: "perl" },
  // Certificates of another time, and an engine that runs years later.
  { name: "faketime", command: "faketime" },
];

module.exports = { shellcheck, unitTests, machineTests, curl };
