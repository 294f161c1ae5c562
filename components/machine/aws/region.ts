import * as pulumi from "@pulumi/pulumi";

/** The region: as given, else the one of the stack's `aws:region`, else the environment's. */
export function regionOf(given: string | undefined): string | undefined {
  return given ?? pulumi.runtime.getConfig("aws:region") ?? (process.env.AWS_REGION || undefined);
}
