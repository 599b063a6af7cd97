/** A task instance that was given up since infrastructure lost its attempts too often. */
export interface DeadLetterRecord {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly losses: number;
  readonly reason: string | null;
  readonly hostname: string | null;
  readonly endDate: Date | null;
}

export interface DeadLetterFilter {
  readonly moreLossesThan: number;
  readonly dagId?: string;
  readonly readableDagIds?: readonly string[];
  readonly limit: number;
  readonly offset: number;
}
