import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkProject } from "@polyflow/metadata-model";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { openFormat } from "./extract/open-format.ts";
import { openLocalFile } from "./extract/source-file.ts";
import { DEFAULT_LIMITS } from "./load-request.ts";
import type { LoadLimits } from "./load-request.ts";
import { readRecords } from "./preview/read-records.ts";

/** What a file came to when it was read by a description: its cells, and the records that could not be read. */
export interface ReadTable {
  readonly header: readonly string[] | undefined;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly refused: readonly { readonly row: number; readonly reason: string }[];
}

/** Reads a source description as a project's YAML has it. */
export async function describeSource(yaml: string): Promise<SourceDefinition> {
  const dir = mkdtempSync(join(tmpdir(), "source-test-"));
  try {
    mkdirSync(join(dir, "metadata/sources"), { recursive: true });
    writeFileSync(join(dir, "metadata/sources/s.yaml"), `name: s\n${yaml}`);
    const { metadata, problems } = await checkProject(dir);
    const source = metadata.sources.get("s");
    if (source === undefined) throw new Error(JSON.stringify(problems));
    return source;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Reads the bytes of a file by a description, as a load would stage them. */
export async function readTable(yaml: string, content: string | Uint8Array, limits: Partial<LoadLimits> = {}): Promise<ReadTable> {
  const source = await describeSource(yaml);
  const dir = mkdtempSync(join(tmpdir(), "source-test-"));
  const path = join(dir, source.path);
  writeFileSync(path, content);
  const file = await openLocalFile(path);
  try {
    const signal = new AbortController().signal;
    const extraction = await openFormat(file, { source, limits: { ...DEFAULT_LIMITS, ...limits }, signal });
    try {
      const rows: (readonly (string | null)[])[] = [];
      const refused: { row: number; reason: string }[] = [];
      for await (const part of readRecords(extraction)) {
        rows.push(...part.records.map((record) => record.cells));
        refused.push(...part.refused.map(({ row, reason }) => ({ row, reason })));
      }
      return { header: extraction.header, rows, refused };
    } finally {
      await extraction.close();
    }
  } finally {
    await file.close();
    rmSync(dir, { recursive: true });
  }
}
