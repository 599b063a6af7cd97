import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type ExternalSource, type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { LoadResult, LoadSubject, SourceMemory } from "@polyflow/loader";
import type { ExternalPlace, FlowDefinition } from "@polyflow/metadata-model";
import type { Extract, TaskContext } from "@polyflow/sdk";

/** What the target remembers of the source, apart from how it keeps it. */
export type ReadMemory = Pick<SourceMemory, "state" | "cursorFrom" | "loadedMessages" | "close">;

/** What a load leaves of its source. */
export interface NextPiece {
  readonly state: JsonObject | undefined;
  readonly messageIds: readonly string[];
}

export interface ExternalLoad {
  readonly external: ExternalPlace;
  readonly memory: ReadMemory;
  /** Loads the piece and keeps what it leaves with it. */
  readonly run: (request: LoadSubject, next: NextPiece) => Promise<LoadResult>;
}

/**
 * Loads records of a system. What was read is kept with the data, in one transaction, and the system is told afterwards: a load that
 * dies at any moment is done, or done again, never half or twice.
 */
export async function loadExternal(context: TaskContext, request: LoadSubject, load: ExternalLoad): Promise<LoadResult> {
  const { memory } = load;
  try {
    const extract = await begin(context, request, load);
    try {
      return await loadExtract(context, request, { ...load, extract });
    } finally {
      await extract.close();
    }
  } finally {
    await memory.close();
  }
}

interface Extraction extends ExternalLoad {
  readonly extract: Extract;
}

async function begin(
  context: TaskContext,
  { source, flow }: LoadSubject,
  { external, memory }: Pick<Extraction, "external" | "memory">,
): Promise<Extract> {
  const { cursorFrom } = memory;
  const byFlow = flow.cursor !== undefined;
  return context.extract(await context.connection(external.connection), {
    source: byFlow ? withFlowCursor(external.source, flow) : external.source,
    name: source.name,
    fields: source.fields.map((field) => field.name),
    state: byFlow ? (cursorFrom === null ? undefined : { cursor: cursorFrom }) : memory.state,
    inclusive: byFlow || flow.mode === "merge",
    loadedMessages: (ids) => memory.loadedMessages(ids),
    log: context.log,
    signal: context.signal,
  });
}

/** A cursor of the flow is what the database is asked by; it is kept by the loader. */
function withFlowCursor(source: ExternalSource, { cursor }: FlowDefinition): ExternalSource {
  if (cursor === undefined || (source.kind !== "sql" && source.kind !== "collection")) return source;
  return { ...source, cursor: cursor.field, nullCursor: cursor.onNull === "skip" ? "exclude" : "include" };
}

async function loadExtract(context: TaskContext, request: LoadSubject, { external, run, extract }: Extraction): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), "polyflow-extract-"));
  try {
    const path = join(folder, `${external.connection}.${external.source.kind}.${extract.format}`);
    const startedMs = performance.now();
    await pipeline(extract.content, createWriteStream(path), { signal: context.signal });
    context.log.info(
      `Read ${external.source.kind} of connection ${external.connection} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    );
    const next = { state: request.flow.cursor === undefined ? extract.state() : undefined, messageIds: extract.messageIds() };
    const isPiece = next.state !== undefined || next.messageIds.length > 0 || external.source.kind === "queue";
    if (isPiece && request.flow.mode === "replace") throw replaceByPieces(request);
    // the piece is told by its state; two pieces may well have the same content
    const piece = isPiece ? { force: true, flow: { ...request.flow, allowEmptySource: true } } : {};
    const result = await run({ ...request, path, ...piece }, next);
    if (result.failure === undefined && request.dryRun !== true) await extract.committed();
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function replaceByPieces({ flow, source }: LoadSubject): PolyflowError {
  return new PolyflowError(
    "metadata_invalid",
    `Source "${source.name}" gives only what is new, and flow "${flow.name}" would replace the whole table with it. Write \`load: {mode: merge}\` or \`append\`.`,
  );
}
