"use strict";

/** What `npm run up` needs on this computer for a machine of this kind. */
module.exports = {
  packages: [{ name: "openssh-client", command: "ssh" }],
};
