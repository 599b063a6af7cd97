import type { DagSpec, StoredHorizon } from "@polyflow/contracts";
import type { FileProblem } from "../file-problem.ts";

/** Parent to child: what to import. */
export interface EvaluationRequest {
  readonly kind: "evaluate";
  readonly code: string;
  readonly projectDir: string;
  readonly relativePath: string;
  /** `[scheduler] create_cron_data_intervals` */
  readonly cronDataIntervals: boolean;
}

/** A DAG that a file describes, and where it does so. */
export interface EvaluatedDag {
  readonly spec: DagSpec;
  /** What the author's own timetable lists. */
  readonly horizon?: StoredHorizon;
  readonly line: number | null;
  readonly column: number | null;
}

/** Child to parent. `reads`: absolute paths of files and folders that the file looked at. `uncompiled` comes from `entry.mjs`; all is checked on arrival, since the file's code runs in the same process. */
export type EvaluationReply =
  | { readonly kind: "ready" }
  | { readonly kind: "uncompiled"; readonly url: string }
  | { readonly kind: "dags"; readonly dags: readonly EvaluatedDag[]; readonly reads: readonly string[] }
  | { readonly kind: "problem"; readonly problem: FileProblem; readonly reads: readonly string[] };
