import { resolveSourcePath } from "@polyflow/metadata-model";
import type { RejectedRecord } from "./segment.ts";
import { DEFAULT_LIMITS } from "./load-request.ts";
import type { LoadRequest } from "./load-request.ts";
import { openSource } from "./stage-source.ts";
import { claimStaging } from "./staging.ts";
import { openConnections } from "./target/load-session.ts";
import { migrateSystemSchema } from "./target/system-schema.ts";

/** What reading a file came to, before anything was cast. */
export interface ScannedSource {
  /** Records that reached the staging tables. */
  readonly records: number;
  /** Records that could not be read, in order. */
  readonly refused: readonly RejectedRecord[];
  readonly bytes: number;
  readonly sha256: string;
  /** Milliseconds from the first byte to the last commit, without connecting before and dropping after. */
  readonly copyMs: number;
}

/**
 * Reads the file of a source into staging tables and drops them again: tells whether the file can be read by its description, and
 * how fast, without touching a target.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 */
export async function scanSource(
  request: Pick<LoadRequest, "source" | "projectDir" | "path" | "target" | "loadId" | "clock" | "systemSchema" | "limits">,
): Promise<ScannedSource> {
  const { source, loadId, systemSchema = "df" } = request;
  const limits = { ...DEFAULT_LIMITS, ...request.limits };
  const connections = await openConnections(request.target.client, limits.workMemMb);
  try {
    await migrateSystemSchema(connections.main, systemSchema);
    await claimStaging(connections.staging, systemSchema, loadId);
    const path = request.path ?? resolveSourcePath(request.projectDir, source);
    const staged = await openSource({
      source,
      path,
      projectDir: request.projectDir,
      connections,
      systemSchema,
      loadId,
      limits,
      signal: new AbortController().signal,
    });
    try {
      const startedMs = request.clock.monotonicMs();
      let records = 0;
      const refused: RejectedRecord[] = [];
      for await (const segment of staged.extraction.segments(staged.staging)) {
        records += segment.records;
        refused.push(...segment.diverted);
      }
      const copyMs = request.clock.monotonicMs() - startedMs;
      return { records, refused, copyMs, bytes: staged.file.bytesRead, sha256: await staged.file.digest() };
    } finally {
      await staged.close();
    }
  } finally {
    await connections.close();
  }
}
