import { plain, type PropertyMap, type Provider } from "../../../../engine/providers/provider.ts";
import { withoutNulls } from "../../../../engine/providers/shape.ts";
import { addresses } from "./addresses.ts";
import { firewall } from "./firewall.ts";
import { call } from "./functions.ts";
import { instances } from "./instance.ts";
import { network } from "./network.ts";
import { roles } from "./roles.ts";
import { volumes } from "./volumes.ts";

/**
 * A DOUBLE of the official AWS provider, for tests: what the program uses of it, with the calls to the API that the
 * official one makes (hashicorp/terraform-provider-aws, internal/service/ec2), by the same rules of what changes in
 * place and what is replaced. Which calls it makes is what the least IAM policy is held against.
 */
export const awsProvider: Provider = {
  name: "aws",
  version: "7.48.0",
  resources: { ...network, ...firewall, ...addresses, ...volumes, ...instances, ...roles },
  invoke: (token, args) => call(token, withoutNulls(plain(args) as PropertyMap)),
};
