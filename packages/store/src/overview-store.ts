/** Counts for the home page; cheap, never a scan of finished history. */
export interface OverviewStore {
  /** DAGs that are active, paused, and files with import errors. */
  countDags(): Promise<{ readonly active: number; readonly paused: number; readonly importErrors: number }>;
  /** Runs by state: unfinished ones all, finished ones of the last 24 hours. */
  countRuns(): Promise<{ readonly [state: string]: number }>;
  /** Unfinished task instances by state. */
  countTaskInstances(): Promise<{ readonly [state: string]: number }>;
}
