import {
  type DagSpec,
  type JsonObject,
  type JsonValue,
  mappedGroupsOf,
  mapSourceTasks,
  PolyflowError,
  UNMAPPED,
} from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { type MappedInstance, mappedInputOf, resolveInputs, runIdFor } from "@polyflow/lifecycle";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { systemClock } from "@polyflow/service-kit";
import type { AttemptTrail } from "./attempt-context.ts";
import { checkedParams } from "./checked-params.ts";
import type { TaskTestRun } from "./dag-test-run.ts";
import { MemoryXComs } from "./memory-xcoms.ts";
import { runAttempt } from "./run-attempt.ts";
import type { RunDagOptions } from "./run-dag-options.ts";
import { RunTime } from "./run-time.ts";

export interface RunTaskOptions extends RunDagOptions {
  /** Outputs of the tasks whose outputs it takes, by task id. Default: none, which it sees as null. */
  readonly outputs?: JsonObject;
  /** Which instance of a mapped task, from 0. Default 0; of a task that is not mapped there is one. */
  readonly mapIndex?: number;
}

/**
 * Runs one try of one task in this process, whatever its trigger rule and its retries: for tests of single tasks, and for `polyflow tasks
 * test`. A task that wants to wait ends as `up_for_reschedule` or `deferred`.
 * @throws PolyflowError `task_instance_not_found`, `params_invalid`, `request_invalid` for an instance of a mapped task that is not there
 * @example
 * const run = await runTaskOnce(nightly, "summarise", { outputs: { extract: { amounts: [1, 2] } } });
 * expect(run.output).toEqual({ total: 3 });
 */
export async function runTaskOnce(definition: DagDefinition, taskId: string, options: RunTaskOptions = {}): Promise<TaskTestRun> {
  const spec = definition.spec.tasks.find((candidate) => candidate.taskId === taskId);
  const task = definition.tasks.get(taskId);
  if (spec === undefined || task === undefined) {
    const known = definition.spec.tasks.map((one) => one.taskId).join(", ");
    throw new PolyflowError("task_instance_not_found", `DAG "${definition.dagId}" has no task "${taskId}". It has: ${known}.`);
  }
  const clock = options.clock ?? systemClock;
  const runAfter = new Date(clock.now());
  const outputs = new Map<string, JsonValue>(Object.entries(options.outputs ?? {}));
  const xcoms = new MemoryXComs(options.earlierXComs);
  for (const [other, output] of outputs) xcoms.keep({ taskId: other, mapIndex: UNMAPPED }, output);
  const facts = {
    spec: definition.spec,
    dagId: definition.dagId,
    runId: runIdFor("manual", runAfter),
    logicalDate: options.logicalDate ?? runAfter,
    runAfter,
    params: checkedParams(definition.spec, options.conf ?? {}),
    clock,
    time: new RunTime(clock, options.waitForRetries === true),
    options,
    xcoms,
  };
  const trail: AttemptTrail = { log: [], loadReports: [], assetUpdates: [], renderedFields: undefined };
  const isMapped = spec.mapping !== undefined || mappedGroupsOf(definition.spec).has(taskId);
  const mapIndex = isMapped ? (options.mapIndex ?? 0) : UNMAPPED;
  const attempt = {
    task,
    spec,
    mapIndex,
    tryNumber: 1,
    inputs: resolveInputs(spec.inputs, outputs),
    mapped: mappedPart(definition.spec, { taskId, mapIndex, mapOutputs: Object.fromEntries(outputs) }),
    wait: undefined,
  };
  const outcome = await runAttempt(facts, attempt, trail);
  const mapName = "mapName" in outcome ? outcome.mapName : undefined;
  return { taskId, mapIndex, mapName, tries: 1, ...trail, ...resultOf(outcome) };
}

/** One try is all: what it would be followed by is said, not done. */
function resultOf(outcome: AttemptOutcome): Pick<TaskTestRun, "state" | "output" | "reason" | "stack"> {
  const nothing = { output: undefined, reason: null, stack: undefined };
  switch (outcome.kind) {
    case "success":
      // what a task returns has become JSON on the way
      return { ...nothing, state: "success", output: outcome.output as JsonValue | undefined };
    case "skipped":
      return { ...nothing, state: "skipped", reason: outcome.reason ?? null };
    case "failed":
      return { ...nothing, state: "failed", reason: outcome.message, stack: outcome.stack };
    case "rescheduled":
      return { ...nothing, state: "up_for_reschedule", reason: "It would look again later." };
    case "deferred":
      return { ...nothing, state: "deferred", reason: "It would wait without a process." };
  }
}

/** @throws PolyflowError `request_invalid` when the outputs that were given have no element for the instance */
function mappedPart(spec: DagSpec, instance: MappedInstance): ReturnType<typeof mappedInputOf> {
  const mapped = mappedInputOf(spec, instance);
  if (mapped?.isMissing !== true) return mapped;
  const { taskId, mapIndex } = instance;
  const mapping = spec.tasks.find((task) => task.taskId === taskId)?.mapping ?? mappedGroupsOf(spec).get(taskId)?.mapping;
  const sources = mapping === undefined ? [] : mapSourceTasks(mapping);
  const advice = sources.length === 0 ? "" : ` It is mapped over outputs: give those of ${sources.join(", ")}.`;
  throw new PolyflowError("request_invalid", `There is no element for the instance ${mapIndex} of task "${taskId}".${advice}`);
}
