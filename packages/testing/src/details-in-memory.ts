import type { DagSpec } from "@polyflow/contracts";
import { type AttemptDetails, detailsInSpec } from "@polyflow/contracts/wire";
import { hostname } from "node:os";
import type { RunDagOptions } from "./run-dag-options.ts";

/** What `ctx.details` says in a run in memory. */
export function detailsInMemory(
  { spec, taskId, instances }: { readonly spec: DagSpec; readonly taskId: string; readonly instances: number },
  { now, runAfter }: { readonly now: Date; readonly runAfter: Date },
  previousSuccess: RunDagOptions["previousSuccess"],
): AttemptDetails {
  const { dag, task, isMapped } = detailsInSpec(spec, taskId);
  return {
    maxTries: task.retries,
    hostname: hostname(),
    startDate: now.toISOString(),
    instances: isMapped ? instances : null,
    run: { queuedAt: runAfter.toISOString(), startDate: runAfter.toISOString() },
    dag,
    task,
    previousSuccess: previousSuccess === undefined ? null : runBefore(previousSuccess),
  };
}

function runBefore({
  dataInterval: { start, end },
  startDate,
  endDate,
}: NonNullable<RunDagOptions["previousSuccess"]>): AttemptDetails["previousSuccess"] {
  return {
    runId: "before",
    logicalDate: start.toISOString(),
    dataIntervalStart: start.toISOString(),
    dataIntervalEnd: end.toISOString(),
    startDate: startDate.toISOString(),
    endDate: endDate.toISOString(),
  };
}
