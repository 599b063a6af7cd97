import { PolyflowError } from "@polyflow/contracts";
import { DatabaseError } from "pg";
import type { Client } from "pg";
import { familyOf } from "../cast/type-family.ts";
import { identifier, identifiers, literal } from "../sql-text.ts";
import type { RowCounts } from "./row-counts.ts";
import { LOAD_ID_COLUMN, LOADED_AT_COLUMN, tableName } from "./target-table.ts";
import { systemValues, writtenColumns } from "./writer-context.ts";
import type { SelectGood, TargetWriter, WriterContext } from "./writer-context.ts";

const INCOMING = "pg_temp.polyflow_incoming";
const UNIQUE_VIOLATION = "23505";
const MERGE_SINCE = 150000;

/**
 * merge: collects the typed records in a temporary table, takes out doubled keys, then updates what differs and inserts what
 * is new, with one MERGE, or with UPDATE and INSERT where the server has no MERGE. Both need no unique index, unlike ON CONFLICT,
 * and leave equal rows unwritten. A lock on the target keeps other writers out meanwhile; readers are not kept waiting.
 *
 * Into an empty table with a unique index on the keys the records go at once: there is nothing to compare them with, and the
 * index finds doubled keys by itself. If it does, the long way is taken after all.
 */
export class MergeWriter implements TargetWriter {
  readonly #client: Client;
  readonly #context: WriterContext;
  readonly #target: string;
  readonly #keys: readonly string[];
  readonly #columns: readonly string[];
  readonly #selects: SelectGood[] = [];
  #staged = 0;
  #isDirect = false;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#client = context.client;
    this.#target = tableName(context.entity);
    this.#keys = context.flow.keys;
    this.#columns = context.flow.mapping.map((item) => item.column);
  }

  async begin(): Promise<void> {
    this.#isDirect = (await this.#hasUniqueKeys()) && (await this.#isEmpty());
    if (this.#isDirect) {
      await this.#lock();
      // whoever wrote while the lock was not held yet is seen now
      this.#isDirect = await this.#isEmpty();
    }
    if (!this.#isDirect) await this.#createIncoming();
  }

  async add(select: SelectGood): Promise<number> {
    const count = this.#isDirect ? await this.#addDirectly(select) : await this.#collect(select([]));
    this.#selects.push(select);
    this.#staged += count;
    return count;
  }

  async finish(): Promise<RowCounts> {
    if (this.#isDirect) return { loaded: this.#staged, filtered: 0, inserted: this.#staged, updated: 0, unchanged: 0, deleted: 0 };
    const filtered = await this.#dropDoubles();
    const loaded = this.#staged - filtered;
    await this.#client.query(`analyze ${INCOMING} (${identifiers(this.#keys)})`);
    await this.#lock();
    const { inserted, updated } = await this.#writeIncoming();
    return { loaded, filtered, inserted, updated, unchanged: loaded - inserted - updated, deleted: 0 };
  }

  async #writeIncoming(): Promise<{ readonly inserted: number; readonly updated: number }> {
    if (await this.#isEmpty()) return { inserted: await this.#insert(""), updated: 0 };
    if (this.#context.serverVersion >= MERGE_SINCE) return this.#merge();
    const updated = await this.#update();
    return { inserted: await this.#insert(` where not exists (select from ${this.#target} t where ${this.#sameKey()})`), updated };
  }

  /** One join instead of two. MERGE does not tell inserts from updates before 17; under the lock, counting the rows does. */
  async #merge(): Promise<{ readonly inserted: number; readonly updated: number }> {
    const before = await this.#count();
    const update = this.#valueColumns.length === 0 ? "" : ` when matched${this.#changedOnly()} then update set ${this.#assignments()}`;
    const values = [identifiers(this.#columns, "i."), ...systemValues(this.#context.loadId)].join(", ");
    const answer = await this.#client.query(
      `merge into ${this.#target} t using ${INCOMING} i on ${this.#sameKey()}${update}
        when not matched then insert (${identifiers(writtenColumns(this.#context.flow))}) values (${values})`,
    );
    const inserted = (await this.#count()) - before;
    return { inserted, updated: (answer.rowCount ?? 0) - inserted };
  }

  async #addDirectly(select: SelectGood): Promise<number> {
    await this.#client.query("savepoint direct_merge");
    try {
      const columns = identifiers(writtenColumns(this.#context.flow));
      const answer = await this.#client.query(`insert into ${this.#target} (${columns}) ${select(systemValues(this.#context.loadId))}`);
      await this.#client.query("release savepoint direct_merge");
      return answer.rowCount ?? 0;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error;
      await this.#client.query("rollback to savepoint direct_merge");
      return this.#takeTheLongWay(select);
    }
  }

  async #takeTheLongWay(select: SelectGood): Promise<number> {
    this.#isDirect = false;
    await this.#createIncoming();
    await this.#client.query(`delete from ${this.#target}`);
    for (const earlier of this.#selects) await this.#collect(earlier([]));
    return this.#collect(select([]));
  }

  async #createIncoming(): Promise<void> {
    const types = new Map(this.#context.entity.columns.map((column) => [column.column, column.physicalType]));
    const columns = this.#columns.map((column) => `${identifier(column)} ${types.get(column) ?? "text"}`);
    await this.#client.query(`create temporary table polyflow_incoming (${columns.join(", ")}) on commit drop`);
  }

  async #collect(select: string): Promise<number> {
    const answer = await this.#client.query(`insert into ${INCOMING} ${select}`);
    return answer.rowCount ?? 0;
  }

  /** Of records with one key one stays. Their numbers in the file cost time, so they are fetched only when they are needed. */
  async #dropDoubles(): Promise<number> {
    const keys = identifiers(this.#keys);
    const doubled = await this.#client.query<{ doubled: boolean }>(
      `select exists (select from ${INCOMING} group by ${keys} having count(*) > 1) as doubled`,
    );
    if (doubled.rows[0]?.doubled !== true) return 0;
    if (this.#context.flow.dedup === "fail") throw await this.#doublesRefused(keys);
    await this.#client.query(`truncate ${INCOMING}`);
    await this.#client.query(`alter table ${INCOMING} add column _row bigint`);
    for (const select of this.#selects) await this.#collect(select(["s._row"]));
    const order = this.#context.flow.dedup === "first" ? "asc" : "desc";
    const answer = await this.#client.query(
      `delete from ${INCOMING} where _row in (
         select _row from (select _row, row_number() over (partition by ${keys} order by _row ${order}) as rank from ${INCOMING}) ranked
          where rank > 1)`,
    );
    return answer.rowCount ?? 0;
  }

  async #doublesRefused(keys: string): Promise<PolyflowError> {
    const answer = await this.#client.query<{ keys: string; count: string; example: string }>(
      `select count(*) as keys, sum(n) as count, min(example) as example
         from (select count(*) as n, row(${keys})::text as example from ${INCOMING} group by ${keys} having count(*) > 1) doubled`,
    );
    const row = answer.rows[0];
    return new PolyflowError(
      "quality_rule_failed",
      `${row?.count} records share ${row?.keys} keys (${this.#keys.join(", ")}), for example ${row?.example}. ` +
        "The flow says `dedup: fail`; write `dedup: last` or `first` to keep one of each. The target is unchanged.",
    );
  }

  async #update(): Promise<number> {
    if (this.#valueColumns.length === 0) return 0;
    const answer = await this.#client.query(
      `update ${this.#target} t set ${this.#assignments()} from ${INCOMING} i where ${this.#sameKey()}${this.#changedOnly()}`,
    );
    return answer.rowCount ?? 0;
  }

  async #insert(condition: string): Promise<number> {
    const columns = identifiers(writtenColumns(this.#context.flow));
    const values = [identifiers(this.#columns, "i."), ...systemValues(this.#context.loadId)].join(", ");
    const answer = await this.#client.query(`insert into ${this.#target} (${columns}) select ${values} from ${INCOMING} i${condition}`);
    return answer.rowCount ?? 0;
  }

  async #count(): Promise<number> {
    const answer = await this.#client.query<{ count: string }>(`select count(*) as count from ${this.#target}`);
    return Number(answer.rows[0]?.count ?? 0);
  }

  get #valueColumns(): readonly string[] {
    return this.#columns.filter((column) => !this.#keys.includes(column));
  }

  #assignments(): string {
    const [loadId = "", loadedAt = ""] = systemValues(this.#context.loadId);
    const sets = this.#valueColumns.map((column) => `${identifier(column)} = i.${identifier(column)}`);
    return [...sets, `${LOAD_ID_COLUMN} = ${loadId}`, `${LOADED_AT_COLUMN} = ${loadedAt}`].join(", ");
  }

  #changedOnly(): string {
    if (!this.#context.flow.onlyChanged) return "";
    const side = (alias: string): string => this.#valueColumns.map((column) => this.#comparable(alias, column)).join(", ");
    return ` and row(${side("t")}) is distinct from row(${side("i")})`;
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
    const wanted = [...this.#keys].sort().join("\0");
    return answer.rows.some((row) => [...row.columns].sort().join("\0") === wanted);
  }

  #sameKey(): string {
    return this.#keys.map((key) => `t.${identifier(key)} = i.${identifier(key)}`).join(" and ");
  }

  /** The type json has no equality; its text has. */
  #comparable(alias: string, column: string): string {
    const type = this.#context.entity.columns.find((candidate) => candidate.column === column)?.physicalType ?? "text";
    const name = `${alias}.${identifier(column)}`;
    return familyOf(type).kind === "json" ? `${name}::text` : name;
  }
}
