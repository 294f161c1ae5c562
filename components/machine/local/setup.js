"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** What `npm run up` needs on this computer for a machine of this kind. */
module.exports = {
  packages: [
    // Debian 12's QEMU 7.2 crashes the guest's kernel under emulation.
    { name: "qemu-system-x86", command: "qemu-system-x86_64", atLeast: 8, newer: true },
    { name: "mmdebstrap", command: "mmdebstrap", newer: true },
    { name: "debian-archive-keyring", file: "/usr/share/keyrings/debian-archive-keyring.gpg" },
    { name: "e2fsprogs", command: "debugfs" },
    { name: "util-linux", command: "flock" },
  ],

  /** Why this computer can't have such a machine, or undefined. */
  refusal(platform, architecture) {
    if (platform === "linux" && architecture === "x64") return undefined;
    const system = { darwin: "macOS", win32: "Windows", linux: "Linux" }[platform] ?? platform;
    return `A machine of the kind local needs Linux on x86-64, and this is ${system} on ${architecture}`;
  },

  /** Folders with a docker client and its plugins that the image's build has left. */
  dockerClients() {
    const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
    const images = path.join(cache, "remote-docker", "images");
    if (!fs.existsSync(images)) return [];
    return fs.readdirSync(images).map((image) => path.join(images, image, "bin"));
  },
};
