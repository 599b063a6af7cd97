import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { AttemptWait, StartedAttempt } from "@polyflow/contracts/wire";
import { hasTimedOut, mappedInputOf, resolveInputs, runParams } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { AttemptWaitRecord, ClaimedAttempt } from "@polyflow/store";

/** What a worker needs to run the attempt, with inputs and params filled in; the token is added by the caller. */
export function startedAttemptOf(claimed: ClaimedAttempt, clock: Clock): Omit<StartedAttempt, "token"> {
  const task = claimed.spec.tasks.find((candidate) => candidate.taskId === claimed.taskId);
  if (task === undefined) {
    throw new PolyflowError("internal", `DAG ${claimed.dagId} has no task ${claimed.taskId} in the version of run ${claimed.runId}.`);
  }
  const mapped = mappedInputOf(claimed.spec, claimed);
  return {
    attemptId: claimed.attemptId,
    taskInstanceId: claimed.taskInstanceId,
    dagId: claimed.dagId,
    runId: claimed.runId,
    taskId: claimed.taskId,
    mapIndex: claimed.mapIndex,
    tryNumber: claimed.tryNumber,
    // kept as Airflow counts, in retries; a worker says to people which try of how many this is
    maxTries: claimed.maxTries + 1,
    runType: claimed.runType,
    logicalDate: claimed.logicalDate?.toISOString() ?? null,
    dataIntervalStart: claimed.dataIntervalStart?.toISOString() ?? null,
    dataIntervalEnd: claimed.dataIntervalEnd?.toISOString() ?? null,
    runAfter: claimed.runAfter.toISOString(),
    params: runParams(claimed.spec, claimed.conf),
    conf: { ...claimed.conf },
    inputs: resolveInputs(task.inputs, new Map(Object.entries(claimed.upstreamOutputs))),
    bundleHash: claimed.bundleHash,
    bundleName: claimed.bundleName,
    isolation: claimed.isolation,
    executionTimeoutMs: task.executionTimeoutMs ?? null,
    ...(mapped === undefined ? {} : { mapped }),
    ...(claimed.wait === null ? {} : { wait: attemptWaitOf(claimed.wait, clock) }),
    ...(task.callbacks === undefined ? {} : { hasCallbacks: true }),
    ...(task.outlets === undefined ? {} : { outlets: task.outlets }),
    ...(claimed.triggeringAssetEvents === undefined ? {} : { triggeringAssetEvents: claimed.triggeringAssetEvents }),
  };
}

function attemptWaitOf(wait: AttemptWaitRecord, clock: Clock): AttemptWait {
  const { beganAt, waits, trigger, timeoutAt, event } = wait;
  const elapsedMs = clock.now() - beganAt.getTime();
  if (trigger === null) return { elapsedMs, waits };
  const timedOut = hasTimedOut(trigger, timeoutAt, event !== null);
  return { elapsedMs, waits, resumed: { ...waitStateOf(wait), timedOut, ...(event === null ? {} : { event }) } };
}

/** What the author keeps over the wait. */
export function waitStateOf({ state }: AttemptWaitRecord): { readonly state?: JsonValue } {
  return state === null ? {} : { state };
}
