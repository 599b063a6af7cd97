import type { SourceDefinition } from "@polyflow/metadata-model";
import type { Extraction } from "./extract/extraction.ts";
import { openFormat } from "./extract/open-format.ts";
import { transformRecords } from "./functions/transform-records.ts";
import { gatherKeys } from "./extract/gather-keys.ts";
import { openLocalFile } from "./extract/source-file.ts";
import type { SourceFile } from "./extract/source-file.ts";
import type { LoadLimits } from "./load-request.ts";
import { Staging } from "./staging.ts";
import type { LoadConnections } from "./target/load-session.ts";

/** A source file that is open and has a place to be staged. */
export interface StagedSource {
  readonly file: SourceFile;
  readonly extraction: Extraction;
  readonly staging: Staging;
  /** Drops the staging tables and closes the file. */
  close(): Promise<void>;
}

export interface StageContext {
  readonly source: SourceDefinition;
  readonly path: string;
  readonly connections: Pick<LoadConnections, "staging">;
  readonly systemSchema: string;
  readonly loadId: string;
  readonly limits: LoadLimits;
  readonly signal: AbortSignal;
  /** The keys of objects are to be columns: the file is read once before. */
  readonly wantsKeys?: boolean;
  /** Where the function of the source's `transform` is found. */
  readonly projectDir: string;
}

/** A source file that is open and whose columns are known. */
export interface OpenReading {
  readonly file: SourceFile;
  readonly extraction: Extraction;
  close(): Promise<void>;
}

/** Opens the file of a source and matches its columns with the fields. */
export async function openReading(context: Omit<StageContext, "connections" | "systemSchema" | "loadId">): Promise<OpenReading> {
  const { source, limits, signal, projectDir } = context;
  const file = await openLocalFile(context.path);
  try {
    const keys = context.wantsKeys === true ? await gatherKeys(context.path, { source, limits, signal }) : new Set<string>();
    // a file without records is judged as one that is empty, not as one that lacks every column
    const read = await openFormat(file, { source, limits, signal, ...(keys.size === 0 ? {} : { keys }) });
    const name = source.transform;
    const extraction = name === undefined ? read : transformRecords(read, { source, limits, signal, projectDir, name });
    const close = async (): Promise<void> => {
      await extraction.close();
      await file.close();
    };
    return { file, extraction, close };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens the file of a source, matches its columns with the fields, and prepares its staging tables. */
export async function openSource(context: StageContext): Promise<StagedSource> {
  const reading = await openReading(context);
  const { file, extraction } = reading;
  const staging = new Staging(context.connections.staging, {
    systemSchema: context.systemSchema,
    loadId: context.loadId,
    columnCount: extraction.columnCount,
    copy: extraction.copy,
  });
  const close = async (): Promise<void> => {
    await reading.close();
    await staging.drop().catch(() => undefined); // what stays behind is dropped by the next load
  };
  return { file, extraction, staging, close };
}
