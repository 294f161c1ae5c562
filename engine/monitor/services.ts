import engine from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import resource from "@pulumi/pulumi/proto/resource_grpc_pb.js";

import type { Deployment } from "../steps/deployment.ts";
import type { Events } from "../steps/goal.ts";
import { engineService } from "./engineService.ts";
import { monitorService } from "./monitor.ts";

/** Both services of a program, for one port. */
export function services(deployment: Deployment, events: Events): [unknown, Record<string, unknown>][] {
  const monitor = (resource as unknown as { ResourceMonitorService: unknown }).ResourceMonitorService;
  const log = (engine as unknown as { EngineService: unknown }).EngineService;
  return [
    [monitor, monitorService(deployment, events)],
    [log, engineService(events)],
  ];
}
