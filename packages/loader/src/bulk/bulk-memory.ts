import type { BulkSession, JsonObject } from "@polyflow/contracts";
import { loadIdentity } from "../target/load-ledger.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";
import { bulkWindow } from "./bulk-window.ts";
import { openEngine } from "./run-bulk-load.ts";

/** What the target remembers of a source that is read piece by piece; see `SourceMemory`. */
export interface BulkMemory {
  readonly state: JsonObject | undefined;
  /** Where the flow's cursor says that reading begins; null without a cursor, or at the beginning. */
  readonly cursorFrom: string | null;
  loadedMessages(ids: readonly string[]): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

/** Opens what the target of a load remembers of its source. */
export async function openBulkMemory(request: BulkLoadRequest): Promise<BulkMemory> {
  const session = await request.target.open();
  try {
    const engine = openEngine(session, request);
    await engine.prepare();
    const { target } = loadIdentity(request);
    const { flow } = request;
    return {
      state: await engine.records.sourceState(target, flow.name),
      cursorFrom: await cursorFrom(session, request, target),
      loadedMessages: (ids) => engine.records.loadedMessages(flow.name, ids),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function cursorFrom(session: BulkSession, request: BulkLoadRequest, target: string): Promise<string | null> {
  const { flow, entity, interval } = request;
  if (flow.cursor === undefined || interval !== undefined) return null;
  const { words, records } = openEngine(session, request);
  const before = await records.cursor(target, flow.name, flow.cursor.column);
  const column = entity.columns.find((candidate) => candidate.column === flow.cursor?.column);
  bulkWindow(words, request, before); // refuses a lookback that does not fit
  if (before === null || flow.cursor.lookback === undefined || column === undefined) return before;
  const type = words.typeOf(column, false);
  const [row] = await session.query(`select ${words.asText(words.back(words.bound(before, type), flow.cursor.lookback), type)} as start`);
  return row?.["start"] ?? before;
}
