import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";

const credentials = ["accessKey", "secretKey", "token"];

/**
 * The provider of everything that the machine consists of. The region is said here once; what else the stack has below
 * `aws:` (profile, assumeRoles, endpoints …) holds as it would for Pulumi's default provider.
 */
export function newProvider(name: string, region: string, opts: pulumi.CustomResourceOptions): Provider {
  const settings = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith("aws:"))
    .map(([key, text]) => {
      const setting = key.slice("aws:".length);
      return [setting, credentials.includes(setting) ? pulumi.secret(text) : structured(text)] as const;
    });
  // Another region would be another, empty machine, and the end of this one with its data volume.
  return new Provider(
    name,
    { ...Object.fromEntries(settings), region },
    { ...opts, ignoreChanges: ["region"] },
  );
}

/** The region that the stack began with; another one, if asked for, is refused before anything has changed. */
export function sameRegion(begun: string | undefined, wanted: string): string {
  if (begun === undefined || begun === wanted) return wanted;
  throw new pulumi.RunError(
    `remote-docker:aws.region: the machine is in ${begun} and can't move to ${wanted}; put the old value back ` +
      "(or aws:region, or AWS_REGION, whichever you use), or make another stack there",
  );
}

/** Pulumi hands every value over as text; lists, objects and booleans are JSON. */
function structured(text: string): unknown {
  return /^([[{]|true$|false$)/.test(text) ? JSON.parse(text) : text;
}
