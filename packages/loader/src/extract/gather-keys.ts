import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../load-request.ts";
import { openContent } from "./container/open-content.ts";
import { openObjects } from "./open-format.ts";
import type { RecordItem } from "./record-extraction.ts";
import { openLocalFile } from "./source-file.ts";

/** More different keys than this are data, not columns. */
const MOST_KEYS = 1000;

/**
 * The keys of all records of a JSON or XML file, in the order in which they come: its header, so to say. Reads the file once.
 * @throws PolyflowError `source_unreadable` for records whose keys are data
 */
export async function gatherKeys(
  path: string,
  { source, limits, signal }: { readonly source: SourceDefinition; readonly limits: LoadLimits; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  const file = await openLocalFile(path);
  try {
    const within = { ...limits, ...source.limits };
    const content = await openContent(file, source, within);
    try {
      return await keysOf(openObjects(content, source, within), { source, signal });
    } finally {
      await content.close();
    }
  } catch (error) {
    throw error instanceof SyntaxError ? new PolyflowError("source_unreadable", error.message, { cause: error }) : error;
  } finally {
    await file.close();
  }
}

async function keysOf(
  batches: AsyncIterable<readonly RecordItem[]>,
  { source, signal }: { readonly source: SourceDefinition; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const batch of batches) {
    signal.throwIfAborted();
    for (const item of batch) {
      if (!("value" in item) || !isRecord(item.value)) continue;
      for (const key of Object.keys(item.value)) keys.add(key);
    }
    if (keys.size > MOST_KEYS) throw tooMany(source);
  }
  return keys;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooMany({ name }: SourceDefinition): PolyflowError {
  return new PolyflowError(
    "source_unreadable",
    `The records of source "${name}" have more than ${MOST_KEYS} different keys: they are values rather than columns. ` +
      "Write `contract: {columns: freeze}` in the flow and `fieldsMatch: [subset]` in the source, or take them apart with `transform`.",
  );
}
