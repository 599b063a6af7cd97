/** What happened lately. Reads runs that ended in the time that is asked for, by the index of their end. */
export interface Activity {
  /** Ended runs by hour, oldest first; hours without any are left out. */
  readonly hours: readonly { readonly at: Date; readonly success: number; readonly failed: number }[];
  /** Runs that took longest. */
  readonly slowest: readonly {
    readonly dagId: string;
    readonly displayName: string;
    readonly runId: string;
    readonly state: string;
    readonly durationMs: number;
  }[];
  /** DAGs whose runs failed most often. */
  readonly failing: readonly {
    readonly dagId: string;
    readonly displayName: string;
    readonly failed: number;
    readonly total: number;
    readonly lastFailedRunId: string;
  }[];
}

/** Counts for the home page; cheap, never a scan of finished history. */
export interface OverviewStore {
  /** DAGs that are active, paused, and files with import errors. */
  countDags(): Promise<{ readonly active: number; readonly paused: number; readonly importErrors: number }>;
  /** Runs by state: unfinished ones all, finished ones of the last 24 hours. */
  countRuns(): Promise<{ readonly [state: string]: number }>;
  /** @param query.most how many of the slowest runs and failing DAGs are named */
  activity(query: { readonly since: Date; readonly readableDagIds?: readonly string[]; readonly most: number }): Promise<Activity>;
  /** Unfinished task instances by state. */
  countTaskInstances(): Promise<{ readonly [state: string]: number }>;
}
