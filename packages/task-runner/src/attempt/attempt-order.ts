import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { StartedAttemptAnswer } from "../api/execution-api-client.ts";
import type { BundleCache } from "../bundle-cache.ts";
import type { AttemptOrder } from "../protocol/messages.ts";

export interface AttemptOrderParts {
  readonly bundles: BundleCache;
  readonly projectDirOf: (bundleName: string) => string | undefined;
  readonly outputLimitBytes: number;
}

/**
 * What a process is told of an attempt: all but its token.
 * @throws PolyflowError when this worker does not have the project's folder or cannot get the bundle
 */
export async function attemptOrder(
  started: Omit<StartedAttemptAnswer, "token">,
  { bundles, projectDirOf, outputLimitBytes }: AttemptOrderParts,
): Promise<AttemptOrder> {
  const projectDir = projectDirOf(started.bundleName);
  if (projectDir === undefined) {
    throw new PolyflowError(
      "config_invalid",
      `This worker does not know the folder of project "${started.bundleName}". Name it in the worker's configuration.`,
    );
  }
  const { attemptId, dagId, runId, taskId, mapIndex, tryNumber, runType, logicalDate, dataIntervalStart, dataIntervalEnd, runAfter } =
    started;
  return {
    attemptId,
    dagId,
    runId,
    taskId,
    mapIndex,
    tryNumber,
    runType,
    logicalDate,
    dataIntervalStart,
    dataIntervalEnd,
    runAfter,
    params: started.params as JsonObject,
    conf: started.conf as JsonObject,
    inputs: started.inputs as JsonObject,
    ...(started.mapped === undefined ? {} : { mapped: started.mapped }),
    bundlePath: await bundles.get(started.bundleHash),
    projectDir,
    outlets: started.outlets ?? [],
    triggeringAssetEvents: started.triggeringAssetEvents ?? {},
    outputLimitBytes,
    ...(started.wait === undefined ? {} : { wait: started.wait }),
  };
}
