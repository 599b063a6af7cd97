import type { DagSpec, DagVersionId, StoredHorizon } from "@polyflow/contracts";

/** A DAG as the interface lists it. Instants are Dates, durations milliseconds. */
export interface DagRecord {
  readonly dagId: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly isPaused: boolean;
  /** False when its file is gone; its history stays. */
  readonly isActive: boolean;
  readonly hasImportErrors: boolean;
  /** Name of the project (bundle) the file belongs to. */
  readonly bundleName: string;
  /** Path of the file relative to the project's folder. */
  readonly relativePath: string;
  readonly owners: readonly string[];
  readonly tags: readonly string[];
  readonly versionId: DagVersionId;
  readonly versionNumber: number;
  readonly spec: DagSpec;
  readonly lastParsedAt: Date;
  readonly nextRun: NextRun | null;
  /** What the author's own timetable lists; null for other schedules. */
  readonly horizon: StoredHorizon | null;
}

/** The next run that the timetable wants; `runAfter` is when it is created. */
export interface NextRun {
  readonly logicalDate: Date;
  readonly dataIntervalStart: Date;
  readonly dataIntervalEnd: Date;
  readonly runAfter: Date;
}

export interface DagVersionRecord {
  readonly versionId: DagVersionId;
  readonly dagId: string;
  readonly versionNumber: number;
  readonly spec: DagSpec;
  readonly bundleHash: string;
  readonly relativePath: string;
  readonly createdAt: Date;
}

export interface ImportErrorRecord {
  readonly importErrorId: number;
  readonly bundleName: string;
  readonly relativePath: string;
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly stack: string | null;
  readonly at: Date;
  /** DAGs whose last good version came from this file; rights to them decide who sees the error. */
  readonly dagIds: readonly string[];
}

/** What came out of reading one file: its DAGs, or why there are none. */
export type ParsedFile =
  | {
      readonly kind: "dags";
      readonly bundleName: string;
      readonly relativePath: string;
      readonly source: string;
      /** Compiled JavaScript and its SHA-256 (hex). */
      readonly bundle: { readonly hash: string; readonly code: string };
      readonly specs: readonly DagSpec[];
      /** What the timetables of authors list, by DAG. */
      readonly horizons?: { readonly [dagId: string]: StoredHorizon };
      readonly parseDurationMs: number;
    }
  | {
      readonly kind: "error";
      readonly bundleName: string;
      readonly relativePath: string;
      readonly code: string;
      readonly message: string;
      readonly line: number | null;
      readonly column: number | null;
      readonly stack: string | null;
    };

export interface DagListFilter {
  /** Part of the id or display name, case-insensitive. */
  readonly search?: string;
  readonly tags?: readonly string[];
  readonly owner?: string;
  /** `any` (default): at least one of `tags`; `all`: every one of them. */
  readonly tagsMatch?: "any" | "all";
  /** DAGs with at least one of these owners. */
  readonly owners?: readonly string[];
  /** SQL LIKE pattern for the id, case-insensitive (`%` and `_`); several, of which one must match, separated by `|`. */
  readonly dagIdPattern?: string;
  readonly isPaused?: boolean;
  /** Only DAGs whose newest run has this state. */
  readonly lastRunState?: string;
  /** Undefined: all; otherwise the caller may read only these. */
  readonly readableDagIds?: readonly string[];
  /** Default true: leave out DAGs whose file is gone. */
  readonly onlyActive?: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly orderBy?: "dag_id" | "-dag_id" | "next_run" | "-next_run" | "last_run" | "-last_run";
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface DagStore {
  /**
   * Stores what a file holds in one transaction: new versions (only where the spec or the bundle changed), import errors
   * (cleared on success), DAGs that left the file (made inactive). After an error the last good version stays in force.
   * A dag_id that another file of an existing project owns is refused with `dag_duplicate_id` as an import error of this file.
   * @returns the ids of the DAGs that are new or changed.
   */
  publishParsedFile(file: ParsedFile): Promise<readonly string[]>;
  /**
   * Does for each of the files, in their order, what `publishParsedFile` does, all in one transaction and with a few statements. Where the database
   * refuses what one of them holds, they are published one by one.
   * @returns the ids of the DAGs that are new or changed.
   */
  publishParsedFiles(files: readonly ParsedFile[]): Promise<readonly string[]>;
  /** The file is gone: its DAGs become inactive, its import error goes. */
  removeFile(bundleName: string, relativePath: string): Promise<readonly string[]>;
  /** Files known from earlier, so that those deleted while nobody watched are removed at start. */
  listFiles(bundleName: string): Promise<readonly string[]>;
  listDags(filter: DagListFilter): Promise<Page<DagRecord>>;
  getDag(dagId: string): Promise<DagRecord | undefined>;
  setPaused(dagId: string, isPaused: boolean): Promise<DagRecord | undefined>;
  deleteDag(dagId: string): Promise<boolean>;
  listVersions(dagId: string): Promise<readonly DagVersionRecord[]>;
  getVersion(versionId: DagVersionId): Promise<DagVersionRecord | undefined>;
  /** The source text of a version (the newest when undefined). */
  getSource(dagId: string, versionNumber?: number): Promise<{ readonly source: string; readonly versionNumber: number } | undefined>;
  getBundle(hash: string): Promise<string | undefined>;
  listImportErrors(): Promise<readonly ImportErrorRecord[]>;
  listTags(): Promise<readonly string[]>;
}
