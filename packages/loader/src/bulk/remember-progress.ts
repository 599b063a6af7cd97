import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { DataProgress } from "../load-transaction.ts";
import type { BulkEngine } from "./bulk-engine.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";

/**
 * Keeps how far the source has been read, with the data: in tables of their own where a transaction holds all of it together, otherwise in
 * the ledger's row, which is what says that the load is done.
 * @returns further columns of the ledger's row
 * @throws PolyflowError `load_failed` when another load has moved the state or loaded one of the messages meanwhile
 */
export async function rememberProgress(
  engine: BulkEngine,
  request: BulkLoadRequest,
  of: { readonly target: string; readonly cursor: DataProgress["cursor"] },
): Promise<{ readonly [column: string]: string | null }> {
  const { flow, progress, loadId } = request;
  const { target, cursor } = of;
  const messageIds = progress?.messageIds ?? [];
  if (messageIds.length > 0) await engine.records.keepMessages(flow.name, loadId, messageIds);
  if (engine.session.database === "clickhouse") {
    const state = progress?.state;
    return {
      ...(cursor === undefined ? {} : { cursor_column: cursor.position.cursor.column }),
      ...(state === undefined ? {} : { source_state: JSON.stringify(state) }),
    };
  }
  if (cursor !== undefined && cursor.greatest !== null) {
    const column = request.entity.columns.find((candidate) => candidate.column === cursor.position.cursor.column);
    const type = column === undefined ? undefined : engine.words.typeOf(column, false);
    if (type !== undefined)
      await engine.records.moveCursor({
        target,
        flow: flow.name,
        column: cursor.position.cursor.column,
        value: cursor.greatest,
        loadId,
        type,
      });
  }
  if (progress?.state !== undefined) await moveState(engine, request, { target, before: progress.before, state: progress.state });
  return {};
}

/** Moves the state from what it was when the source was read: two loads that read the same piece must not both load it. */
async function moveState(
  engine: BulkEngine,
  { flow, source, loadId }: BulkLoadRequest,
  of: { readonly target: string; readonly before: JsonObject | undefined; readonly state: JsonObject },
): Promise<void> {
  const { literal } = engine.words;
  const table = engine.records.table("source_state");
  const now = JSON.stringify(await engine.records.sourceState(of.target, flow.name));
  if (now !== JSON.stringify(of.before)) {
    throw new PolyflowError(
      "load_failed",
      `Another load of the flow "${flow.name}" has read the same piece of source "${source.name}" and was faster. ` +
        "Nothing was changed; run the load again to read what comes after it.",
    );
  }
  const where = `target = ${literal(of.target)} and flow = ${literal(flow.name)}`;
  await engine.session.execute(`delete from ${table} where ${where}`);
  await engine.records.insert("source_state", [{ target: of.target, flow: flow.name, state: JSON.stringify(of.state), load_id: loadId }]);
}
