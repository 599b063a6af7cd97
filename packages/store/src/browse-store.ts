import type { DagRunState, DagRunType, TaskInstanceState } from "@polyflow/contracts";
import type { AuditRecord } from "./identity-store.ts";
import type { DagRunRecord, TaskInstanceRecord } from "./run-store.ts";

/** One page of a long list, and where the next one begins; null: this was the last. */
export interface KeysetPage<Row> {
  readonly rows: readonly Row[];
  /** Opaque; pass it as `after`. */
  readonly next: string | null;
}

/** What all lists over many DAGs have in common. A page is found by its place in an index, never by counting rows before it. */
export interface BrowseQuery {
  /** Undefined: all; otherwise the caller may read only these. */
  readonly readableDagIds?: readonly string[];
  /** Part of the DAG's id, case-insensitive. */
  readonly dag?: string;
  /** Part of the run's id. */
  readonly run?: string;
  /** Runs from this instant on (`run_after`), and before that one. */
  readonly from?: Date;
  readonly until?: Date;
  readonly limit: number;
  /** `next` of the page before. @throws PolyflowError `request_invalid` when it is none. */
  readonly after?: string;
}

export interface BrowseRunsQuery extends BrowseQuery {
  readonly states?: readonly DagRunState[];
  readonly types?: readonly DagRunType[];
  /** Name of who triggered it, whole. */
  readonly user?: string;
}

export interface BrowseTasksQuery extends BrowseQuery {
  readonly states?: readonly TaskInstanceState[];
  /** Part of the task's id. */
  readonly task?: string;
  readonly pool?: string;
  readonly queue?: string;
  readonly operator?: string;
}

export interface BrowseXComsQuery extends BrowseQuery {
  /** Part of the task's id. */
  readonly task?: string;
  /** Part of the key. */
  readonly key?: string;
}

/** States in which a task instance waits outside of a process. */
export type WaitingState = "deferred" | "up_for_reschedule" | "up_for_retry";

export interface BrowseWaitsQuery extends BrowseQuery {
  readonly states?: readonly WaitingState[];
  /** Part of the task's id. */
  readonly task?: string;
}

/** A task instance that waits: for a trigger, for the next look of a sensor, for its next try. */
export interface BrowsedWait extends TaskInstanceRecord {
  readonly runAfter: Date;
  readonly since: Date;
  /** How often it went to wait since it was last cleared. */
  readonly waits: number;
  /** Kind of the trigger of a deferred one. */
  readonly trigger: string | null;
  /** When it gives up. */
  readonly timeoutAt: Date | null;
  /** Whether the triggerer of a worker has to look. */
  readonly isWatched: boolean;
  /** Name of the worker that looks; null while none does. */
  readonly watcher: string | null;
}

export interface BrowsedTask extends TaskInstanceRecord {
  readonly runAfter: Date;
}

/** An XCom entry without its value, which may be large. */
export interface BrowsedXCom {
  readonly dagId: string;
  readonly runId: string;
  readonly runAfter: Date;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly key: string;
  readonly at: Date;
}

export interface BrowseAuditQuery {
  readonly username?: string;
  readonly event?: string;
  /** Part of the DAG's id. */
  readonly dag?: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly limit: number;
  readonly after?: string;
}

/** A component or worker as one row of the list of jobs. */
export interface JobRecord {
  /** Small, and the same as long as the row exists. */
  readonly id: number;
  readonly kind: "scheduler" | "dag_processor" | "triggerer" | "worker";
  /** Name of the process or worker; null when it is not known. */
  readonly name: string | null;
  readonly hostname: string | null;
  readonly slots: number | null;
  readonly startDate: Date | null;
  readonly endDate: Date | null;
  readonly latestHeartbeat: Date | null;
}

/** Lists over all DAGs, newest first, page by page. */
export interface BrowseStore {
  pageRuns(query: BrowseRunsQuery): Promise<KeysetPage<DagRunRecord>>;
  pageTaskInstances(query: BrowseTasksQuery): Promise<KeysetPage<BrowsedTask>>;
  /** Longest waits first. */
  pageWaits(query: BrowseWaitsQuery): Promise<KeysetPage<BrowsedWait>>;
  pageXComs(query: BrowseXComsQuery): Promise<KeysetPage<BrowsedXCom>>;
  pageAudit(query: BrowseAuditQuery): Promise<KeysetPage<AuditRecord>>;
  /** Components that ever gave a sign of life, then workers, newest first; at most `limit` workers. */
  listJobs(limit: number): Promise<readonly JobRecord[]>;
}
