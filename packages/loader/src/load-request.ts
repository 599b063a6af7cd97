import type { LoadReport, PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition, FlowDefinition, SourceDefinition } from "@polyflow/metadata-model";
import type { ClientConfig } from "pg";

/** Where a load tells people what it does. */
export interface LoadLog {
  info(message: string): void;
  warning(message: string): void;
}

/** Everything that one load needs to know; it reads nothing else from around it but the source's file and the target. */
export interface LoadRequest {
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
    /** A connection string, or the settings of the driver. */
    readonly client: string | ClientConfig;
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
  /** Names a part of the data, so that one file may be loaded once per slice. @default "" */
  readonly slice?: string;
  readonly limits?: Partial<LoadLimits>;
}

export interface LoadLimits {
  /** Longer records (usually an unclosed quote) are rejected. @default 4 MiB */
  readonly recordBytes: number;
  /** Size of the pieces that are staged and cast while the next piece is read. @default 16 MiB */
  readonly segmentBytes: number;
  /** Memory of the target's sorts and hashes. @default 64 */
  readonly workMemMb: number;
}

export const DEFAULT_LIMITS: LoadLimits = { recordBytes: 4 << 20, segmentBytes: 16 << 20, workMemMb: 64 };

/** What a load came to: the report is there in every case, the failure says why nothing was changed. */
export interface LoadResult {
  readonly report: LoadReport;
  readonly failure?: PolyflowError;
}
