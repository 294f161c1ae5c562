import { getRouteTable, getRouteTables } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";

/**
 * Says in a preview that an existing subnet has no default route to the internet, as the Elastic IP wants it, and the
 * first boot, which installs packages. Such a subnet isn't refused: narrower routes may do for those who know theirs.
 */
export async function warnWithoutWayOut(
  subnet: { id: string; vpcId: string },
  machine: pulumi.Resource,
  invoke: pulumi.InvokeOptions,
): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const table = await routeTableOf(subnet, invoke);
  if (table === undefined) return;
  const { routes } = await getRouteTable({ routeTableId: table }, invoke);
  const leads = routes.some(
    ({ cidrBlock, gatewayId, vpcEndpointId }) =>
      cidrBlock === "0.0.0.0/0" && (gatewayId.startsWith("igw-") || vpcEndpointId !== ""),
  );
  if (leads) return;
  await pulumi.log.warn(
    `remote-docker:aws.subnetId: "${subnet.id}" has no route for 0.0.0.0/0 to an internet gateway in its route table ${table}: ` +
      "neither clients nor Debian's packages may get through; add one, or write a public subnet",
    machine,
  );
}

/** A subnet without a route table of its own has its VPC's main one. */
async function routeTableOf(
  { id, vpcId }: { id: string; vpcId: string },
  invoke: pulumi.InvokeOptions,
): Promise<string | undefined> {
  const matching = async (name: string, value: string) => {
    const found = await getRouteTables({ vpcId, filters: [{ name, values: [value] }] }, invoke);
    return found.ids[0];
  };
  return (await matching("association.subnet-id", id)) ?? (await matching("association.main", "true"));
}
