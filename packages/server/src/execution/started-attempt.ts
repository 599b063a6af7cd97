import { type InputSpec, type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { StartedAttempt } from "@polyflow/contracts/wire";
import type { ClaimedAttempt } from "@polyflow/store";
import { runParams } from "../params/run-params.ts";

/** What a worker needs to run the attempt, with inputs and params filled in; the token is added by the caller. */
export function startedAttemptOf(claimed: ClaimedAttempt): Omit<StartedAttempt, "token"> {
  const task = claimed.spec.tasks.find((candidate) => candidate.taskId === claimed.taskId);
  if (task === undefined) {
    throw new PolyflowError("internal", `DAG ${claimed.dagId} has no task ${claimed.taskId} in the version of run ${claimed.runId}.`);
  }
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
    inputs: resolveInputs(task.inputs, claimed.upstreamOutputs),
    bundleHash: claimed.bundleHash,
    bundleName: claimed.bundleName,
    isolation: claimed.isolation,
    executionTimeoutMs: task.executionTimeoutMs ?? null,
  };
}

/**
 * Values of a task's inputs. An upstream task without an output (skipped, failed, returned nothing) gives null, as does a path that
 * leads nowhere: the trigger rule has said that the task may run all the same.
 */
export function resolveInputs(
  inputs: { readonly [name: string]: InputSpec },
  outputs: { readonly [taskId: string]: JsonValue },
): { [name: string]: JsonValue } {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, resolveInput(input, outputs)]));
}

function resolveInput(input: InputSpec, outputs: { readonly [taskId: string]: JsonValue }): JsonValue {
  if (input.kind === "constant") return input.value;
  let value: JsonValue = ownProperty(outputs, input.taskId);
  for (const key of input.path ?? []) value = ownProperty(value, key);
  return value;
}

/** Only what the JSON holds itself: `constructor` and the like are no outputs. */
function ownProperty(container: JsonValue, key: string): JsonValue {
  if (typeof container !== "object" || container === null || !Object.hasOwn(container, key)) return null;
  const value: JsonValue | undefined = Reflect.get(container, key);
  return value ?? null;
}
