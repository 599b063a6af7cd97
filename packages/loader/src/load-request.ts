import type { LoadReport, PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition, FlowDefinition, SourceDefinition } from "@polyflow/metadata-model";
import type { Client, ClientConfig } from "pg";
import type { Drift } from "./contract/drift.ts";
import type { LoadPoint } from "./load-points.ts";

/** Where a load tells people what it does. */
export interface LoadLog {
  info(message: string): void;
  warning(message: string): void;
}

/** What one load is about, whatever it loads into. */
export interface LoadSubject {
  readonly flow: FlowDefinition;
  readonly source: SourceDefinition;
  readonly entity: EntityDefinition;
  /** The project's folder: sources are found from it. */
  readonly projectDir: string;
  /** The file to load, absolute, where it is not the one that the source's `path` names: one of a drop folder, a download. */
  readonly path?: string;
  readonly target: {
    /** Name of the connection, for the report. */
    readonly connection: string;
  };
  /** A UUID; every row of the load carries it. */
  readonly loadId: string;
  readonly log: LoadLog;
  readonly clock: { now(): number; monotonicMs(): number };
  /** Aborting it cancels the running statements and leaves the target as it was. */
  readonly signal?: AbortSignal;
  /** Schema of the system tables. @default "df" */
  readonly systemSchema?: string;
  /** Load even if the same content has been loaded already. @default false */
  readonly force?: boolean;
  /** Names a part of the data, so that one file may be loaded once per slice. @default the interval, or "" */
  readonly slice?: string;
  /** Only records whose `slice_by` column lies in it are loaded, and only such rows of the target are replaced or deleted. The cursor stays. */
  readonly interval?: LoadInterval;
  /** Does everything but commit: the report says what a load would do. The ledger is not asked. @default false */
  readonly dryRun?: boolean;
  readonly limits?: Partial<LoadLimits>;
  /** Told of each point that the load reaches; the load waits for it. */
  readonly onPoint?: (point: LoadPoint) => Promise<void> | void;
}

/** Everything that one load into PostgreSQL needs to know; it reads nothing else from around it but the source's file and the target. */
export interface LoadRequest extends LoadSubject {
  readonly target: LoadSubject["target"] & {
    /** A connection string, or the settings of the driver. */
    readonly client: string | ClientConfig;
  };
  /** Runs in the transaction of a load that succeeds, last before the ledger: what it writes commits with the data or not at all. */
  readonly beforeCommit?: (client: Client) => Promise<void>;
}

/** From `from` on, up to but without `to`; written as the column's type reads it. */
export interface LoadInterval {
  readonly from: string;
  readonly to: string;
}

export interface LoadLimits {
  /** Longer records (usually an unclosed quote) are rejected. @default 4 MiB */
  readonly recordBytes: number;
  /** Size of the pieces that are staged and cast while the next piece is read. @default 8 MiB */
  readonly segmentBytes: number;
  /** Memory of the target's sorts and hashes. @default 64 */
  readonly workMemMb: number;
  /** A compressed file that unpacks to more is refused. @default 64 GiB */
  readonly expandedBytes: number;
  /** A compressed file that unpacks to more than so many times its size (from 16 MiB on) is refused as a bomb. @default 400 */
  readonly expansionRatio: number;
  /** What a format must hold in memory as a whole (texts of a workbook, the pages of Parquet that are read side by side) may be as large as this. @default 256 MiB */
  readonly memoryBytes: number;
}

export const DEFAULT_LIMITS: LoadLimits = {
  recordBytes: 4 << 20,
  segmentBytes: 8 << 20,
  workMemMb: 64,
  expandedBytes: 64 * 2 ** 30,
  expansionRatio: 400,
  memoryBytes: 256 << 20,
};

/** What a load came to: the report is there in every case, the failure says why nothing was changed. */
export interface LoadResult {
  readonly report: LoadReport;
  readonly failure?: PolyflowError;
  /** Differences from the contract that were met. */
  readonly drift: readonly Drift[];
}
