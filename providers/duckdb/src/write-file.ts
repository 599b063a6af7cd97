import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { PolyflowError } from "@polyflow/contracts";
import type { TaskContext } from "@polyflow/sdk";
import { insideSource } from "./input-files.ts";
import { literal } from "./open-locked.ts";
import { ask } from "./read-rows.ts";

const FORMATS: { readonly [ending: string]: string } = {
  ".parquet": "format parquet, compression zstd",
  ".csv": "format csv, header true",
  ".ndjson": "format json",
  ".json": "format json, array true",
};

/**
 * Writes the rows of a query to a file below `source/`; it appears under its name when it is complete.
 * @returns how many rows
 */
export async function writeFile(
  connection: DuckDBConnection,
  query: string,
  { context, file }: { readonly context: Pick<TaskContext, "projectDir">; readonly file: string },
): Promise<number> {
  const path = insideSource(context.projectDir, file);
  const format = Object.entries(FORMATS).find(([ending]) => file.toLowerCase().endsWith(ending))?.[1];
  if (format === undefined)
    throw new PolyflowError(
      "metadata_invalid",
      `"${file}" ends in none of ${Object.keys(FORMATS).join(", ")}, so it cannot be told what to write.`,
    );
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    const [written] = await ask(connection, `copy (${query}\n) to ${literal(unfinished)} (${format})`);
    await rename(unfinished, path);
    return Number(written?.["Count"] ?? 0);
  } finally {
    await rm(unfinished, { force: true });
  }
}
