import type { DagSpec, StoredHorizon } from "@polyflow/contracts";
import type { FileProblem } from "../file-problem.ts";

/** A compiled file. */
export interface BundleToEvaluate {
  readonly code: string;
  readonly relativePath: string;
}

/** What all files of one request share. */
interface EvaluationSettings {
  readonly projectDir: string;
  /** `[scheduler] create_cron_data_intervals` */
  readonly cronDataIntervals: boolean;
}

/** Parent to child: what to import. The process has no other file, before or after. */
export interface EvaluationRequest extends EvaluationSettings, BundleToEvaluate {
  readonly kind: "evaluate";
}

/** Parent to child: files to import one after another, in this process; more of these may follow. See docs/adr/0014. */
export interface ChunkRequest extends EvaluationSettings {
  readonly kind: "evaluate_chunk";
  readonly files: readonly BundleToEvaluate[];
  /** What the files import that is in no bundle: Polyflow's packages and Node's modules. Loaded before the first of them. */
  readonly imports: readonly string[];
  /** Whether to look after each file, not only after the last, what has changed around it. */
  readonly checkEach: boolean;
}

/** A DAG that a file describes, and where it does so. */
export interface EvaluatedDag {
  readonly spec: DagSpec;
  /** What the author's own timetable lists. */
  readonly horizon?: StoredHorizon;
  readonly line: number | null;
  readonly column: number | null;
}

/** What one file gave. `reads`: absolute paths of files and folders that it looked at. */
export type FileReply =
  | { readonly kind: "dags"; readonly dags: readonly EvaluatedDag[]; readonly reads: readonly string[] }
  | { readonly kind: "problem"; readonly problem: FileProblem; readonly reads: readonly string[] };

/**
 * The last message of a chunk. The process has answered for the first files, in their order; it takes another chunk only when it has answered for all
 * and nothing is left of them.
 */
export interface ChunkEnd {
  readonly kind: "chunk_end";
  /** False: a file changed something that others see, so that none of the answers counts. */
  readonly areAnswersGood: boolean;
  /** The first unanswered file is the reason: it has to be evaluated alone. */
  readonly isNextSuspect: boolean;
  readonly canGoOn: boolean;
}

/** Child to parent. `uncompiled` comes from `entry.mjs`; all is checked on arrival, since the file's code runs in the same process. */
export type EvaluationReply =
  | { readonly kind: "ready" }
  | { readonly kind: "uncompiled"; readonly url: string }
  | { readonly kind: "answer"; readonly answer: FileReply }
  | ChunkEnd;
