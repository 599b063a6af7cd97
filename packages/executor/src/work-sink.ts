import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { Workload } from "./workload.ts";

/** What a worker offers to an executor that runs in the same process: the seam between `executor-local` and `task-runner`. */
export interface WorkSink {
  /** How many attempts it runs at once. */
  readonly slots: number;
  /** The session that attempts may be claimed for; undefined while it is not registered, or takes no work. */
  readonly sessionId: WorkerSessionId | undefined;
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
  /** Claims and runs one attempt; resolves when it has ended or was not to be had. Never rejects for the task's own failure. */
  run(workload: Workload): Promise<void>;
  cancel(attemptId: AttemptId): void;
}
