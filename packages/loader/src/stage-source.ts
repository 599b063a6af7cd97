import type { SourceDefinition } from "@polyflow/metadata-model";
import { ByteSource, wireEncoding } from "./extract/byte-source.ts";
import { openCsv } from "./extract/csv-extraction.ts";
import type { Extraction } from "./extract/extraction.ts";
import { openJson } from "./extract/json-extraction.ts";
import type { LoadLimits } from "./load-request.ts";
import { Staging } from "./staging.ts";
import type { LoadConnections } from "./target/load-session.ts";

/** A source file that is open and has a place to be staged. */
export interface StagedSource {
  readonly bytes: ByteSource;
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
}

/** Opens the file of a source, matches its columns with the fields, and prepares its staging tables. */
export async function openSource(context: StageContext): Promise<StagedSource> {
  const { source, limits, signal } = context;
  const isJson = source.format === "json" || source.format === "ndjson";
  const bytes = await ByteSource.open(context.path, source.encoding, { everythingAsUtf8: isJson });
  try {
    const reading = { source, bytes, limits, signal };
    const extraction = isJson ? openJson(reading) : await openCsv(reading);
    const staging = new Staging(context.connections.staging, {
      systemSchema: context.systemSchema,
      loadId: context.loadId,
      columnCount: extraction.columnCount,
      copyEncoding: isJson ? "UTF8" : wireEncoding(source.encoding).copyName,
      delimiter: isJson ? "," : source.dialect.delimiter,
      quote: isJson ? '"' : source.dialect.quoteChar,
    });
    const close = async (): Promise<void> => {
      await bytes.close();
      await staging.drop().catch(() => undefined); // what stays behind is dropped by the next load
    };
    return { bytes, extraction, staging, close };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
