import type { DagSpec, LoadReport } from "@polyflow/contracts";

/** The start or the end of an attempt, with what is known of the data that it touched. */
export interface LineageRecord {
  readonly lineageId: number;
  readonly attemptId: string;
  readonly runKey: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly state: "running" | "success" | "failed" | "skipped" | "up_for_retry";
  readonly at: Date;
  readonly reason: string | null;
  readonly dataIntervalStart: Date | null;
  readonly dataIntervalEnd: Date | null;
  readonly spec: DagSpec;
  readonly loads: readonly LoadReport[];
}

/** An outbox: what it holds was committed together with the change that it is about, and stays until it was handed over. */
export interface LineageStore {
  /** Whether changes are noted from now on. While they are not, nothing is written and nothing costs anything. */
  setLineage(isOn: boolean): Promise<void>;
  /** The oldest. */
  listLineage(limit: number): Promise<readonly LineageRecord[]>;
  /** They were handed over. */
  forgetLineage(lineageIds: readonly number[]): Promise<void>;
}
