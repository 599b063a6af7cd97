/** A deadline of a run that was missed. */
export interface MissedDeadlineRecord {
  readonly deadlineId: number;
  readonly dagId: string;
  readonly runId: string;
  readonly name: string;
  readonly dueAt: Date;
  readonly missedAt: Date;
  /** When the run did end; null while it goes on. */
  readonly runEndDate: Date | null;
}

export interface MissedDeadlineFilter {
  readonly dagId?: string;
  readonly readableDagIds?: readonly string[];
  readonly limit: number;
  readonly offset: number;
}
