import type { DagRunType } from "@polyflow/contracts";
import { DAG_RUN_TYPES } from "@polyflow/contracts";

/**
 * The run id that Airflow 3 would give: `<type>__<runAfter>`, with a suffix where the run has no logical date to tell it from others.
 * @param suffix a few random letters or digits, from the caller, who owns chance.
 * @example runIdFor("scheduled", new Date("2026-01-02T03:04:05Z")); // "scheduled__2026-01-02T03:04:05+00:00"
 */
export function runIdFor(runType: DagRunType, runAfter: Date, suffix?: string): string {
  const iso = runAfter.toISOString();
  // Python writes microseconds, and only when there are any.
  const fraction = iso.slice(20, 23) === "000" ? "" : `.${iso.slice(20, 23)}000`;
  return `${runType}__${iso.slice(0, 19)}${fraction}+00:00${suffix === undefined ? "" : `_${suffix}`}`;
}

/** The type that a run id's prefix claims; users may not give ids that claim a type other than theirs. */
export function runTypeOfRunId(runId: string): DagRunType | undefined {
  return DAG_RUN_TYPES.find((runType) => runId.startsWith(`${runType}__`));
}
