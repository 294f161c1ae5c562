import * as pulumi from "@pulumi/pulumi";

/**
 * A value for those who must not begin before resources are there, or have taken up what it stands for.
 *
 * @param there outputs of the resources
 * @example onceThere("127.0.0.1", process.id)
 */
export function onceThere<T>(value: pulumi.Input<T>, ...there: pulumi.Input<unknown>[]): pulumi.Output<T> {
  return pulumi.all([value as pulumi.Input<unknown>, ...there]).apply(([known]) => known as T);
}
