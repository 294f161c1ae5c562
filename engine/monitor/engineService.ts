import { status } from "@grpc/grpc-js";
import type { sendUnaryData } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type * as Messages from "@pulumi/pulumi/proto/engine_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";

import type { Events } from "../steps/goal.ts";

interface Call<T> {
  request: T;
}

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

/** The service that a program logs to: proto/pulumi/engine.proto in github.com/pulumi/pulumi. */
export function engineService(events: Events): Record<string, unknown> {
  let root = "";
  return {
    log({ request }: Call<Messages.LogRequest>, callback: sendUnaryData<unknown>): void {
      const severity = SEVERITIES[request.getSeverity()] ?? "info";
      if (!request.getEphemeral()) events.log(severity, request.getMessage(), request.getUrn() || undefined);
      callback(null, new empty.Empty());
    },
    setRootResource(
      { request }: Call<Messages.SetRootResourceRequest>,
      callback: sendUnaryData<unknown>,
    ): void {
      root = request.getUrn();
      callback(null, new messages.SetRootResourceResponse());
    },
    getRootResource(_call: unknown, callback: sendUnaryData<unknown>): void {
      const response = new messages.GetRootResourceResponse();
      response.setUrn(root);
      callback(null, response);
    },
    // The offline engine's version says nothing about what the program needs: pass, as for a developer's build.
    requirePulumiVersion(_call: unknown, callback: sendUnaryData<unknown>): void {
      callback(null, new messages.RequirePulumiVersionResponse());
    },
    startDebugging(_call: unknown, callback: sendUnaryData<unknown>): void {
      callback({ code: status.UNIMPLEMENTED, details: "the offline engine has no debugger" });
    },
  };
}
