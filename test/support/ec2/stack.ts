import { TestStack } from "../stack";
import type { Ec2 } from "./endpoint";
import { credentials } from "./moto";

export const region = "us-east-1";

/** A stack whose engine has the double of the AWS provider, and an EC2 of ours. */
export function stackOn(ec2: Ec2, name?: string): TestStack {
  return new TestStack({
    name,
    engine: "test/support/ec2/provider/main.ts",
    environment: {
      AWS_ENDPOINT_URL: ec2.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  });
}
