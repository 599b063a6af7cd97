import { PolyflowError } from "@polyflow/contracts";
import type { ContractPolicy, SourceField } from "@polyflow/metadata-model";
import { DatabaseError } from "pg";
import type { Client } from "pg";
import { planColumn } from "./cast/column-plan.ts";
import type { ColumnPlan } from "./cast/column-plan.ts";
import type { RowFilter } from "./cast/row-filter.ts";
import { segmentPlan } from "./cast/segment-plan.ts";
import type { CellJudge, SegmentPlan } from "./cast/segment-plan.ts";
import { countRefused, filteredRecords, goodRecords } from "./cast/segment-query.ts";
import type { TypedStage } from "./cast/typed-stage.ts";
import type { Drift } from "./contract/drift.ts";
import type { ColumnPlanning, PlannedColumn } from "./contract/planned-column.ts";
import { widerTypes } from "./contract/widen-type.ts";
import type { LoadRequest } from "./load-request.ts";
import { identifier } from "./sql-text.ts";
import type { Segment } from "./segment.ts";
import type { CursorPosition } from "./target/load-window.ts";
import { tableName } from "./target/target-table.ts";
import type { TargetWriter } from "./target/writer-context.ts";

/** A segment after its cast: what the rejects are written from. */
export interface CastSegment {
  readonly segment: Segment;
  /** Undefined for a segment without records. */
  readonly plan: SegmentPlan | undefined;
  /** Staged records that did not pass. */
  readonly bad: number;
  /** Staged records that passed and were left out by a filter. */
  readonly filtered: number;
}

export interface CastContext {
  readonly request: LoadRequest;
  readonly client: Client;
  readonly planning: ColumnPlanning;
  /** How segments that are staged in their types are taken over. */
  readonly typed: TypedStage | undefined;
  readonly filters: readonly RowFilter[];
  /** Whose greatest value is wanted, and the greatest there has been. */
  readonly position?: CursorPosition;
  /** Function that tells whether a text is valid input of a type. */
  readonly inputIsValid: string;
  readonly file: string;
  /** Gets the types that the contract has widened or refused. */
  readonly drift: Drift[];
}

/** SQLSTATE class of values that a type does not take. */
const DATA_EXCEPTION = "22";
/** Policies that must know what is wrong with the cells of a segment before any of them is written. */
const LOOKS_FIRST: ReadonlySet<ContractPolicy> = new Set<ContractPolicy>(["freeze", "evolve"]);

/** Columns that must have a value, whatever the description of the source says. */
export function neverEmpty(flow: LoadRequest["flow"]): readonly string[] {
  return flow.cursor?.onNull === "reject" ? [...flow.keys, flow.cursor.column] : flow.keys;
}

/**
 * Brings the staged text of each segment into its types. Most files are clean, and then a plain cast is a third faster than asking
 * of each cell whether it can be cast; so that is tried first, under a savepoint. The first cell that cannot be cast ends the trust:
 * from then on every cell is asked, and the bad ones become rejects.
 */
export class SegmentCaster {
  /** The greatest cursor value among the records that were loaded. */
  greatest: string | null;
  readonly #context: CastContext;
  readonly #writer: TargetWriter;
  readonly #fields: Map<string, SourceField>;
  #columns: readonly PlannedColumn[];
  #trusts = true;

  constructor(context: CastContext, writer: TargetWriter) {
    this.#context = context;
    this.#writer = writer;
    this.#columns = context.planning.columns;
    this.#fields = new Map(context.planning.fields);
    this.greatest = context.position?.before ?? null;
  }

  async cast(segment: Segment): Promise<CastSegment> {
    if (segment.records === 0) return { segment, plan: undefined, bad: 0, filtered: 0 };
    if (segment.isTyped) return this.#write(segment, undefined);
    return (this.#trusts ? await this.#castTrusting(segment) : undefined) ?? this.#write(segment, this.#context.inputIsValid);
  }

  async #castTrusting(segment: Segment): Promise<CastSegment | undefined> {
    const { client } = this.#context;
    await client.query("savepoint trusting_cast");
    try {
      const cast = await this.#write(segment, undefined);
      await client.query("release savepoint trusting_cast");
      // a record that is rejected for one cell was not cast at all: its other bad cells are found by asking
      return cast.bad === 0 ? cast : { ...cast, plan: this.#plan(segment, this.#context.inputIsValid) };
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code?.startsWith(DATA_EXCEPTION) !== true) throw error;
      await client.query("rollback to savepoint trusting_cast");
      this.#trusts = false;
      return undefined;
    }
  }

  async #write(segment: Segment, inputIsValid: string | undefined): Promise<CastSegment> {
    if (!segment.isTyped && LOOKS_FIRST.has(this.#context.request.flow.contract.dataType)) await this.#settleTypes(segment, inputIsValid);
    const plan = this.#plan(segment, inputIsValid);
    const { filtered, greatest } = await this.#countFiltered(segment, plan);
    const good = await this.#writer.add((further) => goodRecords(segment, plan, further));
    if (greatest !== null) this.greatest = greatest;
    return { segment, plan, bad: segment.records - good - filtered, filtered };
  }

  #plan(segment: Segment, inputIsValid: string | undefined): SegmentPlan {
    const { planning, filters, typed } = this.#context;
    if (segment.isTyped && typed !== undefined) return segmentPlan(typed.columns, { unwanted: [], filters });
    const columns = this.#columns.map((planned) => this.#planColumn(planned, { segment, inputIsValid }));
    return segmentPlan(columns, { unwanted: planning.unwanted, filters });
  }

  #planColumn(
    { mapping, column }: PlannedColumn,
    on: { readonly segment: Segment; readonly inputIsValid: string | undefined; readonly field?: SourceField },
  ): ColumnPlan {
    const { request, planning, file } = this.#context;
    const { flow, loadId } = request;
    return planColumn(mapping, column, {
      facts: on.segment.facts,
      columnOf: planning.columnOf,
      fields: on.field === undefined ? this.#fields : new Map([[on.field.name, on.field]]),
      keys: neverEmpty(flow),
      inputIsValid: on.inputIsValid,
      loadId,
      file,
      dataType: flow.contract.dataType,
    });
  }

  /** Asks only when a filter or a cursor is there: it costs another look at the segment. */
  async #countFiltered(segment: Segment, plan: SegmentPlan): Promise<{ readonly filtered: number; readonly greatest: string | null }> {
    const { client, position } = this.#context;
    const cursorColumn = position?.cursor.column;
    const cursor = plan.columns.find((column) => column.column === cursorColumn);
    if (plan.filters.length === 0 && cursor === undefined) return { filtered: 0, greatest: null };
    const type = this.#columns.find((planned) => planned.column.column === cursorColumn)?.column.physicalType ?? "text";
    const known = cursor === undefined ? undefined : this.#greatestOf(cursor.value, type);
    const answer = await client.query<{ filtered: string; greatest: string | null }>(filteredRecords(segment, plan, known));
    const row = answer.rows[0];
    return { filtered: Number(row?.filtered ?? 0), greatest: row?.greatest ?? null };
  }

  #greatestOf(value: string, type: string): string {
    return this.greatest === null ? value : `greatest(${value}, '${this.greatest.replaceAll("'", "''")}'::${type})`;
  }

  /** Refuses cells that are not of their type, or widens the types until there are none. */
  async #settleTypes(segment: Segment, inputIsValid: string | undefined): Promise<void> {
    const { client, request } = this.#context;
    const judged = this.#columns.flatMap((planned) => {
      const { origin, typeReason } = this.#planColumn(planned, { segment, inputIsValid });
      return origin === undefined || typeReason === undefined ? [] : [{ planned, judge: { ...origin, reason: typeReason } }];
    });
    if (judged.length === 0) return;
    const counts = await this.#countRefused(
      client,
      segment,
      judged.map((item) => item.judge),
    );
    const wrong = judged.flatMap(({ planned }, index) => {
      const counted = counts[index];
      return counted === undefined || counted.count === 0 ? [] : [{ planned, ...counted }];
    });
    if (wrong.length === 0) return;
    if (request.flow.contract.dataType === "freeze") throw this.#typesRefused(wrong);
    for (const { planned } of wrong) await this.#widen(segment, planned);
  }

  async #countRefused(
    client: Client,
    segment: Segment,
    judges: readonly CellJudge[],
  ): Promise<readonly { readonly count: number; readonly example: string }[]> {
    const answer = await client.query<Record<string, string | null>>(countRefused(segment, judges));
    const row = answer.rows[0] ?? {};
    return judges.map((_, index) => ({ count: Number(row[`n${index}`] ?? 0), example: row[`e${index}`] ?? "" }));
  }

  #typesRefused(wrong: readonly { readonly planned: PlannedColumn; readonly count: number; readonly example: string }[]): PolyflowError {
    for (const { planned, example } of wrong) {
      const { column } = planned;
      this.#context.drift.push({
        kind: "type_changed",
        column: column.column,
        before: column.physicalType,
        after: `like ${JSON.stringify(example.slice(0, 100))}`,
        action: "refused",
      });
    }
    const list = wrong.map(
      ({ planned, count, example }) =>
        `${planned.column.column} is ${planned.column.physicalType}, but ${count} cells are like ${JSON.stringify(example.slice(0, 100))}`,
    );
    return new PolyflowError(
      "contract_broken",
      `Types have changed: ${list.join("; ")}. The flow says \`contract: {data_type: freeze}\`; \`quarantine\` sets such records aside, \`evolve\` widens the column.`,
    );
  }

  async #widen(segment: Segment, planned: PlannedColumn): Promise<void> {
    const { client, request, inputIsValid, drift } = this.#context;
    const { mapping, column } = planned;
    const field = mapping.kind === "field" ? this.#fields.get(mapping.field) : undefined;
    if (field === undefined) return;
    for (const wider of widerTypes(column, field)) {
      const { origin, typeReason } = this.#planColumn({ mapping, column: wider.column }, { segment, inputIsValid, field: wider.field });
      const [counted] =
        origin === undefined || typeReason === undefined
          ? []
          : await this.#countRefused(client, segment, [{ ...origin, reason: typeReason }]);
      if (counted !== undefined && counted.count > 0) continue;
      const type = wider.column.physicalType;
      await client.query(`alter table ${tableName(request.entity)} alter column ${identifier(column.column)} type ${type}`);
      await this.#writer.widen(column.column, type);
      this.#columns = this.#columns.map((other) => (other === planned ? { mapping, column: wider.column } : other));
      this.#fields.set(field.name, wider.field);
      drift.push({ kind: "type_changed", column: column.column, before: column.physicalType, after: type, action: "type_widened" });
      return;
    }
  }
}
