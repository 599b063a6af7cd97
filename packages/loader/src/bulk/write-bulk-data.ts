import { PolyflowError } from "@polyflow/contracts";
import type { TextRecord } from "@polyflow/contracts";
import { planColumns } from "../contract/plan-columns.ts";
import type { ColumnPlanning } from "../contract/planned-column.ts";
import type { Extraction } from "../extract/extraction.ts";
import { refuseEmpty, refuseFailedRules, refuseRejects } from "../load-refusals.ts";
import type { DataProgress } from "../load-transaction.ts";
import type { PhaseTimer } from "../phase-timer.ts";
import { readRecords } from "../preview/read-records.ts";
import { projectCallables } from "../quality/rule-callables.ts";
import { liveRows, refuseMissingRows, refuseShrunkReplace } from "../target/refuse-shrinking.ts";
import { DELETED_AT_COLUMN, VALID_TO_COLUMN } from "../target/strategy/write-shape.ts";
import { writeStrategyOf } from "../target/target-writer.ts";
import { writeShapeOf } from "../target/writer-context.ts";
import type { BulkColumn, BulkEngine, WrittenRows } from "./bulk-engine.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";
import { checkBulkRules } from "./bulk-rules.ts";
import { bulkWindow } from "./bulk-window.ts";
import { textConversion } from "./convert-texts.ts";
import { RecordJudge } from "./record-judge.ts";
import type { CellComplaint } from "./record-judge.ts";
import type { RejectSpool, SpooledReject } from "./reject-spool.ts";
import { serverRefusals } from "./server-refusals.ts";

export interface BulkWork {
  readonly request: BulkLoadRequest;
  readonly engine: BulkEngine;
  readonly extraction: Extraction;
  readonly spool: RejectSpool;
  readonly timer: PhaseTimer;
  readonly progress: DataProgress;
  /** As the ledger names it. */
  readonly target: string;
  readonly file: string;
}

/**
 * Reads, judges, converts, writes and measures: all that can fail, before anything is the target's.
 * @throws PolyflowError when the target must stay as it was: `source_empty`, `load_rejects_over_limit`, `quality_rule_failed` and others
 */
export async function writeBulkData(work: BulkWork): Promise<void> {
  const { request, engine, progress, timer, target } = work;
  const { flow, entity } = request;
  const planning = await planColumns(engine.tables, request, work.extraction, progress.drift);
  const columns = planning.columns.map(({ column }) => ({ column, type: engine.words.typeOf(column, isKey(work, column.column)) }));
  const before = flow.cursor === undefined ? null : await engine.records.cursor(target, flow.name, flow.cursor.column);
  const window = bulkWindow(engine.words, request, before);
  await engine.createStaging(columns);
  const staged = await timer.measure("read and cast", () => stageRecords(work, planning, columns));
  await request.onPoint?.("all_cast");
  const kept = await timer.measure("convert", () => convert(work, { planning, columns, filters: window.filters, staged }));
  refuseEmpty(request, progress);
  refuseRejects(flow.failIf, progress);
  if (window.position !== undefined) progress.cursor = { position: window.position, greatest: await greatestOf(work, columns) };
  const doubles = flow.keys.length === 0 ? 0 : await dropDoubles(work);
  const strategy = writeStrategyOf(flow, request.interval !== undefined || before !== null);
  const shape = writeShapeOf(
    { flow, entity, columns: columns.map(({ column }) => column), within: window.within, loadId: request.loadId },
    { strategy, incoming: engine.incoming, at: await engine.moment(strategy === "scd2") },
  );
  const written = await timer.measure("write", () => engine.write(shape));
  await refuseShrinking(work, written, window.within);
  const loaded = kept - doubles;
  const { inserted, updated, deleted, missing } = written;
  progress.rows = { loaded, filtered: doubles, inserted, updated, unchanged: loaded - inserted - updated, deleted: deleted + missing };
  await request.onPoint?.("written");
  const checked = await timer.measure("rules", () =>
    checkBulkRules({
      engine,
      entity,
      audited: engine.audited(shape),
      flow: flow.name,
      target,
      loadId: request.loadId,
      loaded,
      callables: projectCallables(request.projectDir),
    }),
  );
  progress.rules = checked.rules;
  progress.samples = checked.samples;
  progress.target = checked.rowCount;
  await request.onPoint?.("judged");
  refuseFailedRules(checked.rules);
}

function isKey({ request }: BulkWork, column: string): boolean {
  return request.flow.keys.includes(column) || request.entity.primaryKey.includes(column);
}

/** Brings the records that pass into the table of texts, in one stream; the others into the spool. @returns how many are staged */
async function stageRecords(work: BulkWork, planning: ColumnPlanning, columns: readonly BulkColumn[]): Promise<number> {
  const { request, engine, file } = work;
  const types = new Map(columns.map(({ column, type }) => [column.column, type]));
  const judge = new RecordJudge({
    flow: request.flow,
    planning,
    typeOf: (column) => types.get(column.column) ?? engine.words.typeOf(column, false),
    loadId: request.loadId,
    loadedAt: new Date(request.clock.now()).toISOString(),
    file,
  });
  const names = ["_row", ...columns.map((_, index) => `c${index}`)];
  return engine.session.insert(engine.texts, names, goodRecords(work, judge));
}

async function* goodRecords(work: BulkWork, judge: RecordJudge): AsyncGenerator<TextRecord, void> {
  const { extraction, progress, spool, request } = work;
  for await (const { records, refused } of readRecords(extraction)) {
    progress.read += records.length + refused.length;
    progress.rejected += refused.length;
    for (const { row, text, reason } of refused)
      await spool.add([{ row, field: "*", raw: text, reason, record: text, action: "rejected" }]);
    for (const record of records) {
      const judged = judge.judge(record);
      if (judged.kind === "left_out") {
        progress.filtered++;
        continue;
      }
      const action = judged.kind === "good" ? "value_discarded" : "rejected";
      const complaints = judged.kind === "good" ? judged.discarded : judged.complaints;
      if (judged.kind === "rejected") {
        refuseFrozen(work, complaints);
        progress.rejected++;
      }
      if (complaints.length > 0)
        await spool.add(spooled(complaints, { row: record.row, record: asRecord(record.cells, extraction), action }));
      if (judged.kind === "good") yield [String(record.row), ...judged.cells];
    }
    await request.onPoint?.("segment_cast");
  }
}

function spooled(complaints: readonly CellComplaint[], of: Pick<SpooledReject, "row" | "record" | "action">): readonly SpooledReject[] {
  return complaints.map((complaint) => ({ ...complaint, ...of }));
}

function asRecord(cells: readonly (string | null)[], { columnOf }: Extraction): { readonly [field: string]: string | null } {
  return Object.fromEntries([...columnOf].flatMap(([field, index]) => (index === undefined ? [] : [[field, cells[index] ?? null]])));
}

/** A frozen contract does not set records aside: the first cell of another type ends the load. */
function refuseFrozen({ request, progress }: BulkWork, complaints: readonly CellComplaint[]): void {
  const wrong = complaints.find(({ isType }) => isType === true);
  if (request.flow.contract.dataType !== "freeze" || wrong === undefined) return;
  const example = JSON.stringify((wrong.raw ?? "").slice(0, 100));
  progress.drift.push({ kind: "type_changed", column: wrong.field, before: wrong.reason, after: `like ${example}`, action: "refused" });
  throw new PolyflowError(
    "contract_broken",
    `Types have changed: cells of ${wrong.field} are like ${example}: ${wrong.reason}. The flow says \`contract: {data_type: freeze}\`; \`quarantine\` sets such records aside.`,
  );
}

/** Moves the texts into the typed table; what the server does not take becomes rejects, or NULL. @returns rows in the typed table */
async function convert(
  work: BulkWork,
  of: {
    readonly planning: ColumnPlanning;
    readonly columns: readonly BulkColumn[];
    readonly filters: Parameters<typeof textConversion>[2]["filters"];
    readonly staged: number;
  },
): Promise<number> {
  const { engine, progress, request, spool } = work;
  const policy = request.flow.contract.dataType;
  const mayBeNull = of.columns.map(({ column }) => column).filter(({ column, required }) => !required && !isKey(work, column));
  const discards = new Set(policy === "discard_value" ? mayBeNull.map(({ column }) => column) : []);
  const conversion = textConversion(engine, of.columns, { filters: of.filters, discards });
  let bad = 0;
  for (const { entries, isRejected } of await serverRefusals(engine, { ...of, conversion, discards })) {
    if (isRejected) {
      refuseFrozen(work, entries);
      bad++;
    }
    if (!isRejected || policy !== "discard_row") await spool.add(entries);
  }
  await engine.session.execute(conversion.insert);
  const [row] = await engine.session.query(`select count(*) as n from ${engine.incoming}`);
  const kept = Number(row?.["n"] ?? 0);
  const isLeftOut = policy === "discard_row";
  progress.filtered += of.staged - kept - (isLeftOut ? 0 : bad);
  if (!isLeftOut) progress.rejected += bad;
  return kept;
}

async function greatestOf({ engine, request }: BulkWork, columns: readonly BulkColumn[]): Promise<string | null> {
  const found = columns.find(({ column }) => column.column === request.flow.cursor?.column);
  if (found === undefined) return null;
  const name = engine.words.identifier(found.column.column);
  const [row] = await engine.session.query(
    `select ${engine.words.asText(`max(i.${name})`, found.type)} as greatest from ${engine.incoming} i`,
  );
  return row?.["greatest"] ?? null;
}

/** Of records with one key one stays, by the flow's `dedup`. */
async function dropDoubles({ engine, request }: BulkWork): Promise<number> {
  const { keys, dedup } = request.flow;
  if (dedup !== "fail") return engine.dropDoubles(keys, dedup);
  const list = keys.map((key) => `i.${engine.words.identifier(key)}`).join(", ");
  const [row] = await engine.session.query(
    `select count(*) as n from (select count(*) as n from ${engine.incoming} i group by ${list} having count(*) > 1) doubled`,
  );
  if (row?.["n"] === "0") return 0;
  throw new PolyflowError(
    "quality_rule_failed",
    `Several records share ${row?.["n"] ?? "some"} keys (${keys.join(", ")}). The flow says \`dedup: fail\`; write \`dedup: last\` or \`first\` to keep one of each. The target is unchanged.`,
  );
}

async function refuseShrinking({ engine, request }: BulkWork, written: WrittenRows, within: readonly string[]): Promise<void> {
  const { flow, entity } = request;
  const { words } = engine;
  refuseShrunkReplace(flow, written);
  if (flow.missingRows === undefined || written.missing === 0) return;
  const live = liveRows(flow, { validTo: words.identifier(VALID_TO_COLUMN), deletedAt: words.identifier(DELETED_AT_COLUMN) });
  const conditions = [...within, ...live];
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  const [row] = await engine.session.query(`select count(*) as n from ${words.identifier(entity.schema, entity.table)} t${where}`);
  refuseMissingRows(flow, { missing: written.missing, before: Number(row?.["n"] ?? 0) + written.missing - written.inserted });
}
