import { isFileAddress } from "@polyflow/contracts";
import type { EntityDiff } from "../plan/diff-entity.ts";
import type { LoadPlan } from "../plan/plan-load.ts";
import { loadIdentity } from "../target/load-ledger.ts";
import { systemColumns } from "../target/table-statements.ts";
import { writeStrategyOf } from "../target/target-writer.ts";
import type { BulkEngine } from "./bulk-engine.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";
import { refuseUnknownModes } from "./refuse-unknown-modes.ts";
import { openEngine, runBulkLoad } from "./run-bulk-load.ts";

/**
 * Finds out what a load would do, as `planLoad` does: by doing it and taking it back. The system tables are brought up to date first.
 * @throws PolyflowError `metadata_invalid` for what the database of the target cannot do
 */
export async function planBulkLoad(request: BulkLoadRequest): Promise<LoadPlan> {
  refuseUnknownModes(request);
  const { flow, entity, source } = request;
  const session = await request.target.open();
  try {
    const engine = openEngine(session, request);
    await engine.prepare();
    const { target } = loadIdentity(request);
    const table = await diffOf(engine, request);
    const cursor = flow.cursor === undefined ? null : await engine.records.cursor(target, flow.name, flow.cursor.column);
    const lastLoad = await engine.records.lastLoad(target, flow.name);
    const isHere = request.path !== undefined || (source.external === undefined && !isFileAddress(source.path));
    const rehearsal = isHere ? await runBulkLoad({ ...request, dryRun: true }) : undefined;
    return {
      flow: flow.name,
      target: engine.words.identifier(entity.schema, entity.table),
      strategy: writeStrategyOf(flow, cursor !== null),
      keys: flow.keys,
      table,
      lastLoad,
      cursor: cursor ?? undefined,
      rehearsal,
      drift: rehearsal?.drift ?? [],
    };
  } finally {
    await session.close();
  }
}

/** How the table of a flow's entity differs from its description: columns by their names, types are the server's own. */
export async function diffBulkEntity(request: BulkLoadRequest): Promise<EntityDiff> {
  const session = await request.target.open();
  try {
    return await diffOf(openEngine(session, request), request);
  } finally {
    await session.close();
  }
}

async function diffOf({ tables, words }: BulkEngine, { flow, entity }: BulkLoadRequest): Promise<EntityDiff> {
  const table = words.identifier(entity.schema, entity.table);
  const about = { entity: entity.ref, table, types: [] };
  if (!(await tables.exists(entity)))
    return { ...about, exists: false, missing: [], extra: [], statements: tables.createStatements(flow, entity, []) };
  const present = await tables.columns(entity);
  const added = systemColumns(flow).map(({ name }) => name);
  const known = new Set([...entity.columns.map(({ column }) => column), ...added]);
  const missing = entity.columns.filter(({ column }) => !present.has(column));
  return {
    ...about,
    exists: true,
    missing: missing.map(({ column }) => column),
    extra: [...present.keys()].filter((column) => !known.has(column)),
    statements: tables.addStatements(flow, entity, { columns: missing, system: added.filter((name) => !present.has(name)) }),
  };
}
