import type { AttemptId, Isolation } from "@polyflow/contracts";

/** A hint that an attempt is queued and may be started. All that counts is read again when the attempt is claimed. */
export interface Workload {
  readonly attemptId: AttemptId;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
  readonly queue: string;
  readonly priorityWeight: number;
  readonly bundleHash: string;
  readonly isolation: Isolation;
  /** The scheduler has claimed it for the worker; it runs at once, without a free slot if need be. */
  readonly isClaimed?: boolean;
}
