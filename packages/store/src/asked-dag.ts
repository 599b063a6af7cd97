import type { DagVersionId } from "@polyflow/contracts";

/** A DAG whose timetable was asked, and the version that answered. */
export interface AskedDag {
  readonly dagId: string;
  readonly versionId: DagVersionId;
}
