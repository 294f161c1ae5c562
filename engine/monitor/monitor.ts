import type { ServiceError } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type * as Messages from "@pulumi/pulumi/proto/resource_pb.js";
import messages from "@pulumi/pulumi/proto/resource_pb.js";

import { Unsupported, messageOf } from "../errors.ts";
import type { Deployment } from "../steps/deployment.ts";
import { StepFailed } from "../steps/execute.ts";
import type { Events } from "../steps/goal.ts";
import { decodeMap, encodeMap } from "../wire/properties.ts";
import type { Plain } from "../wire/properties.ts";
import { goalOf } from "./goalOf.ts";

type Callback<T> = (error: Partial<ServiceError> | null, answer?: T) => void;
interface Call<T> {
  request: T;
}

/** What the SDK may rely on: only what is implemented. Without SECRETS it would send secrets as plain text. */
const FEATURES = ["SECRETS", "RESOURCE_REFERENCES", "OUTPUT_VALUES"];

/** Claimed too, so that a program that uses them hears from this engine what it needs, not that a CLI is too old. */
const REFUSED = [
  "ALIAS_SPECS",
  "DELETED_WITH",
  "TRANSFORMS",
  "INVOKE_TRANSFORMS",
  "RESOURCE_HOOKS",
  "ERROR_HOOKS",
  "REPLACE_WITH",
  "STATE_MIGRATIONS",
];

/** The service that a program registers its resources with: proto/pulumi/resource.proto in github.com/pulumi/pulumi. */
export function monitorService(deployment: Deployment, events: Events): Record<string, unknown> {
  /**
   * A failure is shown here and ends the run. It gets no answer: the program waits until it is stopped, once the running
   * steps have ended. The official engine answers no sooner either (Cancel in pkg/resource/deploy/source_eval.go); the SDK
   * would close its channels, and then complain of that for every resource that it still registers.
   */
  const answer = <Q, A>(work: (request: Q) => Promise<A>) => {
    return (call: Call<Q>, callback: Callback<A>): void => {
      work(call.request).then(
        (result) => callback(null, result),
        (error: unknown) => {
          if (!(error instanceof StepFailed)) events.log("error", messageOf(error));
          deployment.stop();
        },
      );
    };
  };
  const refuse = (what: string) => answer(() => Promise.reject(new Unsupported(what)));
  return {
    getDeploymentInfo: answer(() => {
      const info = new messages.DeploymentInfo();
      const known = messages.ResourceMonitorFeature as unknown as Record<string, number>;
      info.setSupportedfeaturesList(
        [...FEATURES, ...REFUSED].map((name) => known[`RESOURCE_MONITOR_FEATURE_${name}`] as never),
      );
      return Promise.resolve(info);
    }),
    supportsFeature: answer(() => Promise.resolve(new messages.SupportsFeatureResponse())),
    registerResource: answer(async (request: Messages.RegisterResourceRequest) => {
      const { urn, id, outputs } = await deployment.register(goalOf(request));
      const response = new messages.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id);
      response.setObject(struct.Struct.fromJavaScript(encodeMap(outputs)));
      return response;
    }),
    registerResourceOutputs: answer(async (request: Messages.RegisterResourceOutputsRequest) => {
      await deployment.registerOutputs(
        request.getUrn(),
        decodeMap(request.getOutputs()?.toJavaScript() as Plain),
      );
      return new empty.Empty();
    }),
    signalAndWaitForShutdown: answer(async () => {
      deployment.programIsDone = true;
      await deployment.idle();
      return new empty.Empty();
    }),
    invoke: answer(async (request: Messages.ResourceInvokeRequest) => {
      const result = await deployment.invoke(
        request.getTok(),
        decodeMap(request.getArgs()?.toJavaScript() as Plain),
      );
      const response = new messages.ResourceInvokeResponse();
      response.setReturn(struct.Struct.fromJavaScript(encodeMap(result)));
      return response;
    }),
    readResource: refuse("reading a resource that the program doesn't make (.get)"),
    existsResource: refuse("looking whether a resource exists"),
    call: refuse("calling a method of a component of another process"),
    registerStackTransform: refuse("a transform of the stack"),
    registerStackInvokeTransform: refuse("a transform of invokes"),
    registerResourceHook: refuse("a resource hook"),
    registerErrorHook: refuse("an error hook"),
    registerPackage: refuse("a parameterized package"),
  };
}
