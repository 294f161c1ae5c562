import { type Call, listOf } from "./query";

/** moto has no spot request behind an instance of spare capacity: here each has one of its own. */
export function withSpotRequests(answer: string): string {
  // In moto's order of elements the next id is the same instance's.
  const instance =
    /(<instanceLifecycle>spot<\/instanceLifecycle>)([^]*?<instanceId>i-[0-9a-f]*([0-9a-f]{8})<)/g;
  return answer.replace(instance, "$1<spotInstanceRequestId>sir-$3</spotInstanceRequestId>$2");
}

/** The answer of a call about spot requests. */
export function spotAnswer({ service, action, parameters }: Call): string | undefined {
  const ids = listOf(parameters, "SpotInstanceRequestId");
  if (service !== "ec2") return undefined;
  if (action === "DescribeSpotInstanceRequests") return answer(action, ids, "active");
  if (action === "CancelSpotInstanceRequests") return answer(action, ids, "cancelled");
  return undefined;
}

function answer(action: string, ids: string[], state: string): string {
  const items = ids.map(
    (id) =>
      `<item><spotInstanceRequestId>${id}</spotInstanceRequestId><state>${state}</state><type>persistent</type>` +
      "<instanceInterruptionBehavior>stop</instanceInterruptionBehavior></item>",
  );
  return (
    `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>emulation</requestId>` +
    `<spotInstanceRequestSet>${items.join("")}</spotInstanceRequestSet></${action}Response>`
  );
}
