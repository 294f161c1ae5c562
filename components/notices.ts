import * as pulumi from "@pulumi/pulumi";
import type { Authority } from "./authority/authority";
import { certified, type ClientArgs } from "./authority/clientArgs";
import type { Issued } from "./authority/identity";
import { type Ending, expiryReport } from "./authority/expiry";
import { lifetime } from "./authority/lifetime";

const byItself = "`up` renews it by itself; this one is not renewed yet.";

/** Says in `up` when the next certificate expires, and warns of those that are near their end. */
export function noticeExpiry(
  authority: Authority,
  server: Issued,
  clients: ClientArgs[],
  resource: pulumi.Resource,
): void {
  const renewed = (what: string, expires: pulumi.Output<string>, validityHours?: number) => ({
    what,
    expires,
    warnDays: Math.floor(lifetime(validityHours).earlyRenewalHours / 24),
    remedy: byItself,
  });
  const endings = [
    renewed("The server's certificate", server.expires),
    ...certified(clients).map(({ name, validityHours }) =>
      renewed(`The client ${name}'s certificate`, authority.clients[name].expires, validityHours),
    ),
    {
      what: "The root",
      expires: authority.rootExpires,
      warnDays: 365,
      remedy:
        "Rotate it in two phases (docs/operations.md, Rotation): once it has expired, nobody can connect until the next `up`.",
    },
    {
      what: "The inner pair",
      expires: authority.inner.expires,
      warnDays: 30,
      remedy:
        "Rotate it (docs/operations.md, Rotation): once it has expired, nobody can connect until the next `up`.",
    },
  ];
  pulumi.output(endings).apply((known: Ending[]) => {
    const { line, warnings } = expiryReport(known);
    void pulumi.log.info(line, resource);
    for (const warning of warnings) void pulumi.log.warn(warning, resource);
  });
}

/** Says in `up` who still has to move over to the new root. */
export function noticeRotation(notMovedOver: pulumi.Output<string[]>, resource: pulumi.Resource): void {
  notMovedOver.apply((names) => {
    const text =
      names.length === 0
        ? "Everybody has moved over to the new root: the former one can be dropped (docs/operations.md, Rotation)."
        : `The root is being rotated, and these clients have not used their new bundle yet: ${names.join(", ")}.`;
    void pulumi.log.info(text, resource);
  });
}
