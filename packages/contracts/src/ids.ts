/** A string that cannot be mixed up with another kind of id. */
export type Brand<Name extends string> = string & { readonly __brand: Name };

/** Identity of one attempt of one task instance: a random UUID that fences late writers. */
export type AttemptId = Brand<"AttemptId">;
/** Identity of a task instance row (UUID), the same over all its attempts. */
export type TaskInstanceId = Brand<"TaskInstanceId">;
/** Identity of a DAG run row (UUID); users know the run by (dagId, runId). */
export type DagRunKey = Brand<"DagRunKey">;
/** Identity of one stored version of a DAG (UUID). */
export type DagVersionId = Brand<"DagVersionId">;
/** Identity of one registration of a worker (UUID); a restarted worker gets a new one. */
export type WorkerSessionId = Brand<"WorkerSessionId">;

/** Slots of a worker that are free at this moment: attempts may be claimed for it by whoever queues them. */
export interface OpenSlots {
  readonly sessionId: WorkerSessionId;
  readonly slots: number;
}

/**
 * The one place where a plain string becomes a branded id; call it at a parsing edge only.
 * @example const attemptId = brand<AttemptId>(row.attempt_id);
 */
export function brand<Id extends string>(value: string): Id {
  return value as Id;
}

/** dag_id, task_id: letters, digits, `_`, `-`, `.`; 1 to 250 characters (Airflow's rule). */
export const DAG_ID_PATTERN: RegExp = /^[\p{L}\p{N}_.-]{1,250}$/u;
/** run_id: Airflow's `allowed_run_id_pattern`, at most 250 characters. */
export const RUN_ID_PATTERN: RegExp = /^[A-Za-z0-9_.~:+-]{1,250}$/;
/** Map index of a task instance that is not mapped. */
export const UNMAPPED = -1;
