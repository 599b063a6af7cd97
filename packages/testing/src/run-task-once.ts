import { type JsonObject, type JsonValue, PolyflowError, UNMAPPED } from "@polyflow/contracts";
import { resolveInputs, runIdFor } from "@polyflow/lifecycle";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { systemClock } from "@polyflow/service-kit";
import type { AttemptTrail } from "./attempt-context.ts";
import { checkedParams } from "./checked-params.ts";
import type { TaskTestRun } from "./dag-test-run.ts";
import { keepOutput, type MemoryXComs } from "./memory-xcoms.ts";
import { runAttempt } from "./run-attempt.ts";
import type { RunDagOptions } from "./run-dag-options.ts";
import { RunTime } from "./run-time.ts";

export interface RunTaskOptions extends RunDagOptions {
  /** Outputs of the tasks whose outputs it takes, by task id. Default: none, which it sees as null. */
  readonly outputs?: JsonObject;
}

/**
 * Runs one try of one task in this process, whatever its trigger rule and its retries: for tests of single tasks, and for `polyflow tasks
 * test`. A task that wants to wait ends as `up_for_reschedule` or `deferred`.
 * @throws PolyflowError `task_instance_not_found`, `params_invalid`
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
  const xcoms: MemoryXComs = new Map();
  for (const [other, output] of outputs) keepOutput(xcoms, other, output);
  const facts = {
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
  const trail: AttemptTrail = { log: [], loadReports: [], renderedFields: undefined };
  const attempt = {
    task,
    spec,
    mapIndex: UNMAPPED,
    tryNumber: 1,
    inputs: resolveInputs(spec.inputs, outputs),
    mapped: undefined,
    wait: undefined,
  };
  const outcome = await runAttempt(facts, attempt, trail);
  const shown = { taskId, mapIndex: UNMAPPED, mapName: undefined, tries: 1, output: undefined, reason: null, stack: undefined };
  switch (outcome.kind) {
    case "success":
      // what a task returns has become JSON on the way
      return { ...shown, ...trail, state: "success", output: outcome.output as JsonValue | undefined };
    case "skipped":
      return { ...shown, ...trail, state: "skipped", reason: outcome.reason ?? null };
    case "failed":
      return { ...shown, ...trail, state: "failed", reason: outcome.message, stack: outcome.stack };
    case "rescheduled":
      return { ...shown, ...trail, state: "up_for_reschedule", reason: "It would look again later." };
    case "deferred":
      return { ...shown, ...trail, state: "deferred", reason: "It would wait without a process." };
  }
}
