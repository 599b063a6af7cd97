import { DEFAULT_MAX_MAP_LENGTH } from "@polyflow/lifecycle";

/** Settings of the scheduler; all have defaults that fit an installation of any size. Durations in milliseconds. */
export interface SchedulerOptions {
  /** How long the leader's lease holds without being renewed: the time without a scheduler after one was killed. */
  readonly leaseTtlMs: number;
  /** How often the leader renews its lease. */
  readonly renewMs: number;
  /** How often a standby tries to become leader (spread by a fifth, so that two do not collide for ever). */
  readonly standbyPollMs: number;
  /** A pass of the loop that takes longer than this is taken for hung: the leader steps down and lets another go on. */
  readonly longestPassMs: number;
  /** The safety net: how often everything is looked at although nothing was heard. */
  readonly pollMs: number;
  /** At most this many task instances queued or running over all DAGs (`[core] parallelism`). */
  readonly parallelism: number;
  /** Over what `maxActiveTasks` of a DAG counts: each run (Airflow 3), or all runs of the DAG together (Airflow 2). */
  readonly maxActiveTasksOver: "run" | "dag";
  /** Instances that a mapped task may have unless it or its DAG says otherwise (`[core] max_map_length`). */
  readonly maxMapLength: number;
  /** A workload that was handed over this long ago and is still not claimed is handed over again. */
  readonly republishAfterMs: number;
  /** A worker whose heartbeat has not been seen for this long, while the database could be reached all the time, is given up. */
  readonly workerSilentMs: number;
  /** Attempts of one task instance that are made good when infrastructure loses them; they cost none of the task's own retries. */
  readonly maxInfrastructureLosses: number;
  /** Runs that one decision batch takes up; more wait for the next, which follows at once. */
  readonly runsPerBatch: number;
  /** DAGs whose due runs are created in one transaction. */
  readonly dueDagsPerBatch: number;
  /** Rows that one housekeeping query asks for; more wait for the next pass. */
  readonly rowsPerQuery: number;
  /** Graphs of DAG versions kept in memory. */
  readonly graphsInMemory: number;
}

export const DEFAULT_SCHEDULER_OPTIONS: SchedulerOptions = {
  leaseTtlMs: 15_000,
  renewMs: 5_000,
  standbyPollMs: 1_000,
  longestPassMs: 60_000,
  pollMs: 5_000,
  parallelism: 32,
  maxActiveTasksOver: "run",
  maxMapLength: DEFAULT_MAX_MAP_LENGTH,
  republishAfterMs: 30_000,
  workerSilentMs: 30_000,
  maxInfrastructureLosses: 3,
  runsPerBatch: 500,
  dueDagsPerBatch: 500,
  rowsPerQuery: 200,
  graphsInMemory: 2_000,
};
