import type { DagRunState, JsonObject, TaskInstanceState } from "@polyflow/contracts";

/** A run of another DAG that a task asks for. */
export interface RunRequest {
  readonly conf?: JsonObject;
  /** Default: an id of its own for each call. */
  readonly runId?: string;
  /**
   * Without a `runId`: a try of the task starts one run of the DAG, however often its worker is lost and its function runs again. A retry
   * and a cleared task start another one. Default false.
   */
  readonly once?: boolean;
  /** Default: none. A DAG has at most one run for each logical date. */
  readonly logicalDate?: Date;
  readonly note?: string;
  /** A run of the same id or logical date is there: `"fail"` (default), `"reset"` clears it, so that it runs again, `"use"` takes it as it is. */
  readonly whenExists?: "fail" | "reset" | "use";
}

export interface StartedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly state: DagRunState;
  /** False: it existed before. */
  readonly isNew: boolean;
  /** It waits until its DAG is switched on. */
  readonly isPaused: boolean;
}

/** Runs of a DAG: one by id, or those of some logical dates; `taskIds`, `groupId`: whose states are wanted. */
export interface RunSearch {
  readonly runId?: string;
  readonly logicalDates?: readonly Date[];
  readonly taskIds?: readonly string[];
  /** All tasks of a group, those of inner groups too. */
  readonly groupId?: string;
}

export interface RunSearchResult {
  readonly dagExists: boolean;
  /** Tasks or a group that the DAG does not have. */
  readonly unknown: readonly string[];
  /** The tasks that were asked for, those of the group named. */
  readonly taskIds: readonly string[];
  readonly runs: readonly {
    readonly runId: string;
    readonly logicalDate: Date | undefined;
    readonly state: DagRunState;
    /** Of each task: how many instances are in which state. */
    readonly tasks: { readonly [taskId: string]: { readonly [State in TaskInstanceState]?: number } };
  }[];
}

/** What a task can see and do of other DAGs. */
export interface OtherDags {
  /** Starts a run. @throws PolyflowError `dag_not_found`, `params_invalid`, `dag_run_exists` */
  trigger(dagId: string, run?: RunRequest): Promise<StartedRun>;
  find(dagId: string, search: RunSearch): Promise<RunSearchResult>;
}
