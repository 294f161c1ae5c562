import {
  defaultsSection,
  frontDoorPort,
  globalSection,
  section,
  sshdSection,
  startsLikeSsh,
} from "./haproxyCommon";

/**
 * haproxy.cfg of a new machine until its first transaction: the open port leads to sshd, and everything that isn't SSH
 * is closed.
 */
export function firstBootHaproxyConfiguration(): string {
  const open = section("frontend open", [
    `bind *:${frontDoorPort}`,
    "tcp-request inspect-delay 3s",
    "tcp-request content reject if { req.len gt 0 } !{ req.payload(0,1) -m str S }",
    `tcp-request content accept if ${startsLikeSsh}`,
    "tcp-request content reject if { req.len gt 0 }",
    "default_backend sshd",
  ]);
  return ["# Written by remote-docker.\n" + globalSection(), defaultsSection(), open, sshdSection()].join(
    "\n",
  );
}
