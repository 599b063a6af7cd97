import { DatabaseError } from "pg";
import type { Client } from "pg";
import { identifiers, literal } from "../sql-text.ts";
import { IncomingTable } from "./incoming-table.ts";
import { liveRows, refuseMissingRows } from "./refuse-shrinking.ts";
import type { RowCounts } from "./row-counts.ts";
import { postgresDialect } from "./strategy/postgres-dialect.ts";
import { DELETED_AT_COLUMN, VALID_FROM_COLUMN, VALID_TO_COLUMN } from "./strategy/write-shape.ts";
import type { StepCount, WriteStrategy } from "./strategy/write-shape.ts";
import { writeSteps } from "./strategy/write-steps.ts";
import { tableName } from "./target-table.ts";
import { systemValues, writeShapeOf, writtenColumns } from "./writer-context.ts";
import type { SelectGood, TargetWriter, WriterContext } from "./writer-context.ts";

const UNIQUE_VIOLATION = "23505";
const MERGE_SINCE = 150000;
/** Into an empty table these come to a plain insert. */
const DIRECT: ReadonlySet<WriteStrategy> = new Set<WriteStrategy>(["upsert", "delete_insert", "insert_only"]);

/**
 * Every strategy but the plain insert: collects the typed records in a temporary table, takes out doubled keys, then runs the
 * statements of the strategy under a lock that keeps other writers out; readers are not kept waiting. None of them needs a unique index.
 *
 * Into an empty table with a unique index on the keys the records go at once: there is nothing to compare them with, and the
 * index finds doubled keys by itself. If it does, the long way is taken after all.
 */
export class StepWriter implements TargetWriter {
  readonly #client: Client;
  readonly #context: WriterContext;
  readonly #strategy: WriteStrategy;
  readonly #target: string;
  readonly #incoming: IncomingTable;
  readonly #directSelects: SelectGood[] = [];
  #directCount = 0;
  #isDirect = false;

  constructor(context: WriterContext, strategy: WriteStrategy) {
    this.#context = context;
    this.#client = context.client;
    this.#strategy = strategy;
    this.#target = tableName(context.entity);
    this.#incoming = new IncomingTable(context);
  }

  async begin(): Promise<void> {
    this.#isDirect = DIRECT.has(this.#strategy) && (await this.#hasUniqueKeys()) && (await this.#isEmpty());
    if (this.#isDirect) {
      await this.#lock();
      // whoever wrote while the lock was not held yet is seen now
      this.#isDirect = await this.#isEmpty();
    }
    if (!this.#isDirect) await this.#incoming.create();
  }

  add(select: SelectGood): Promise<number> {
    return this.#isDirect ? this.#addDirectly(select) : this.#incoming.add(select);
  }

  async widen(column: string, physicalType: string): Promise<void> {
    if (!this.#isDirect) await this.#incoming.widen(column, physicalType);
  }

  async finish(): Promise<RowCounts> {
    if (this.#isDirect)
      return { loaded: this.#directCount, filtered: 0, inserted: this.#directCount, updated: 0, unchanged: 0, deleted: 0 };
    const { keys } = this.#context.flow;
    const filtered = keys.length === 0 ? 0 : await this.#incoming.dropDoubles(keys);
    await this.#incoming.analyze(keys);
    await this.#lock();
    const counts = await this.#runSteps(await this.#isEmpty());
    const inserted = counts.inserted - counts.replaced;
    const updated = counts.updated + counts.replaced;
    await this.#refuseMissing(counts.missing, inserted);
    const loaded = this.#incoming.count;
    return { loaded, filtered, inserted, updated, unchanged: loaded - inserted - updated, deleted: counts.deleted + counts.missing };
  }

  async #runSteps(intoEmpty: boolean): Promise<Readonly<Record<Exclude<StepCount, "merged">, number>>> {
    const counts = { inserted: 0, updated: 0, replaced: 0, deleted: 0, missing: 0 };
    const dialect = postgresDialect({ hasMerge: this.#context.serverVersion >= MERGE_SINCE });
    // a history needs its first versions dated; all else is a plain insert as long as there is nothing to compare with
    const strategy = intoEmpty && this.#strategy !== "scd2" ? "append" : this.#strategy;
    const at = strategy === "scd2" ? await this.#moment() : systemValues(this.#context.loadId)[1];
    const shape = writeShapeOf(this.#context, { strategy, incoming: this.#incoming.name, at: at ?? "now()" });
    for (const step of writeSteps(dialect, shape)) {
      const before = step.counts === "merged" ? await this.#count() : 0;
      const touched = (await this.#client.query(step.sql)).rowCount ?? 0;
      if (step.counts === undefined) continue;
      if (step.counts === "merged") {
        // MERGE does not tell inserts from updates before 17; under the lock, counting the rows does
        const inserted = (await this.#count()) - before;
        counts.inserted += inserted;
        counts.updated += touched - inserted;
      } else counts[step.counts] += touched;
    }
    return counts;
  }

  /** Later than every version there is, whatever the clock says: a version must not end before it began. */
  async #moment(): Promise<string> {
    const answer = await this.#client.query<{ at: string }>(
      `select greatest(clock_timestamp(), (select max(${VALID_FROM_COLUMN}) from ${this.#target}) + interval '1 microsecond')::text as at`,
    );
    return `${literal(answer.rows[0]?.at ?? "")}::timestamptz`;
  }

  async #refuseMissing(missing: number, inserted: number): Promise<void> {
    const { flow, within } = this.#context;
    if (flow.missingRows === undefined || missing === 0) return;
    const conditions = [...within, ...liveRows(flow, { validTo: VALID_TO_COLUMN, deletedAt: DELETED_AT_COLUMN })];
    const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
    const answer = await this.#client.query<{ count: string }>(`select count(*) as count from ${this.#target} t${where}`);
    const before = Number(answer.rows[0]?.count ?? 0) + missing - inserted;
    refuseMissingRows(flow, { missing, before });
  }

  async #addDirectly(select: SelectGood): Promise<number> {
    await this.#client.query("savepoint direct_insert");
    try {
      const columns = identifiers(writtenColumns(this.#context));
      const answer = await this.#client.query(`insert into ${this.#target} (${columns}) ${select(systemValues(this.#context.loadId))}`);
      await this.#client.query("release savepoint direct_insert");
      this.#directSelects.push(select);
      this.#directCount += answer.rowCount ?? 0;
      return answer.rowCount ?? 0;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error;
      await this.#client.query("rollback to savepoint direct_insert");
      return this.#takeTheLongWay(select);
    }
  }

  async #takeTheLongWay(select: SelectGood): Promise<number> {
    this.#isDirect = false;
    await this.#incoming.create();
    await this.#client.query(`delete from ${this.#target}`);
    for (const earlier of this.#directSelects) await this.#incoming.add(earlier);
    return this.#incoming.add(select);
  }

  async #count(): Promise<number> {
    const answer = await this.#client.query<{ count: string }>(`select count(*) as count from ${this.#target}`);
    return Number(answer.rows[0]?.count ?? 0);
  }

  async #lock(): Promise<void> {
    await this.#client.query(`lock table ${this.#target} in share row exclusive mode`);
  }

  async #isEmpty(): Promise<boolean> {
    const answer = await this.#client.query<{ empty: boolean }>(`select not exists (select from ${this.#target}) as empty`);
    return answer.rows[0]?.empty === true;
  }

  /** True when a whole, immediate unique index covers exactly the keys. */
  async #hasUniqueKeys(): Promise<boolean> {
    const answer = await this.#client.query<{ columns: string[] }>(
      `select array(select attname::text from pg_attribute where attrelid = x.indrelid and attnum = any (x.indkey::int2[])) as columns
         from pg_index x
        where x.indrelid = to_regclass(${literal(this.#target)}) and x.indisunique and x.indimmediate and x.indisvalid
          and x.indpred is null and x.indexprs is null`,
    );
    const wanted = [...this.#context.flow.keys].sort().join("\0");
    return answer.rows.some((row) => [...row.columns].sort().join("\0") === wanted);
  }
}
