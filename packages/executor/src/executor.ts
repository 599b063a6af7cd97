import type { AttemptId, OpenSlots } from "@polyflow/contracts";
import type { Workload } from "./workload.ts";

/**
 * Brings queued attempts to a worker. It holds no truth: losing, doubling or reordering a workload is harmless,
 * since the worker claims the attempt through the Execution API before anything runs.
 */
export interface Executor {
  readonly name: string;
  start(): Promise<void>;
  /** Takes no new workloads, lets running ones end for `graceMs`, then kills them. */
  stop(graceMs: number): Promise<void>;
  /**
   * Slots (none or more) for which attempts may be claimed in the transaction that queues them; undefined: there is no worker to claim for now.
   * Missing: workers claim for themselves.
   */
  openSlots?(): OpenSlots | undefined;
  /** Hands over workloads; resolves when they are accepted, not when they have run. Repeats are harmless. */
  submit(workloads: readonly Workload[]): Promise<void>;
  /** Asks for the end of an attempt that is no longer current. Unknown attempts are ignored. */
  cancel(attemptId: AttemptId): Promise<void>;
}
