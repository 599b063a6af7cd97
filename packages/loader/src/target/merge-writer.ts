import { PolyflowError } from "@polyflow/contracts";
import type { Client } from "pg";
import { familyOf } from "../cast/type-family.ts";
import { identifier, identifiers } from "../sql-text.ts";
import type { RowCounts } from "./row-counts.ts";
import { LOAD_ID_COLUMN, LOADED_AT_COLUMN, tableName } from "./target-table.ts";
import { systemValues, writtenColumns } from "./writer-context.ts";
import type { SelectGood, TargetWriter, WriterContext } from "./writer-context.ts";

const INCOMING = "pg_temp.polyflow_incoming";

/**
 * merge: collects the typed records in a temporary table, takes out doubled keys, then updates what differs and inserts what
 * is new. UPDATE and INSERT instead of ON CONFLICT: they need no unique index, count exactly, and leave equal rows unwritten.
 * A lock on the target keeps other writers out meanwhile; readers are not kept waiting.
 */
export class MergeWriter implements TargetWriter {
  readonly #client: Client;
  readonly #context: WriterContext;
  readonly #keys: readonly string[];
  readonly #columns: readonly string[];
  readonly #selects: SelectGood[] = [];
  #staged = 0;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#client = context.client;
    this.#keys = context.flow.keys;
    this.#columns = context.flow.mapping.map((item) => item.column);
  }

  async begin(): Promise<void> {
    const types = new Map(this.#context.entity.columns.map((column) => [column.column, column.physicalType]));
    const columns = this.#columns.map((column) => `${identifier(column)} ${types.get(column) ?? "text"}`);
    await this.#client.query(`create temporary table polyflow_incoming (${columns.join(", ")}) on commit drop`);
  }

  async add(select: SelectGood): Promise<number> {
    this.#selects.push(select);
    const answer = await this.#client.query(`insert into ${INCOMING} ${select([])}`);
    this.#staged += answer.rowCount ?? 0;
    return answer.rowCount ?? 0;
  }

  async finish(): Promise<RowCounts> {
    const filtered = await this.#dropDoubles();
    const loaded = this.#staged - filtered;
    await this.#client.query(`analyze ${INCOMING} (${identifiers(this.#keys)})`);
    const target = tableName(this.#context.entity);
    await this.#client.query(`lock table ${target} in share row exclusive mode`);
    const isEmpty = await this.#client.query<{ empty: boolean }>(`select not exists (select from ${target}) as empty`);
    const updated = isEmpty.rows[0]?.empty === true ? 0 : await this.#update(target);
    const inserted = await this.#insert(target, isEmpty.rows[0]?.empty === true);
    return { loaded, filtered, inserted, updated, unchanged: loaded - inserted - updated, deleted: 0 };
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
    for (const select of this.#selects) await this.#client.query(`insert into ${INCOMING} ${select(["s._row"])}`);
    const order = this.#context.flow.dedup === "first" ? "asc" : "desc";
    const answer = await this.#client.query(
      `delete from ${INCOMING} where _row in (
         select _row from (select _row, row_number() over (partition by ${keys} order by _row ${order}) as rank from ${INCOMING}) ranked
          where rank > 1)`,
    );
    return answer.rowCount ?? 0;
  }

  async #doublesRefused(keys: string): Promise<PolyflowError> {
    const answer = await this.#client.query<{ keys: string; count: string; first: string }>(
      `select count(*) as keys, sum(n) as count, min(example) as first
         from (select count(*) as n, row(${keys})::text as example from ${INCOMING} group by ${keys} having count(*) > 1) doubled`,
    );
    const row = answer.rows[0];
    return new PolyflowError(
      "quality_rule_failed",
      `${row?.count} records share ${row?.keys} keys (${this.#keys.join(", ")}), for example ${row?.first}. ` +
        "The flow says `dedup: fail`; write `dedup: last` or `first` to keep one of each. The target is unchanged.",
    );
  }

  async #update(target: string): Promise<number> {
    const values = this.#columns.filter((column) => !this.#keys.includes(column));
    if (values.length === 0) return 0;
    const [loadId = "", loadedAt = ""] = systemValues(this.#context.loadId);
    const sets = values.map((column) => `${identifier(column)} = i.${identifier(column)}`);
    sets.push(`${LOAD_ID_COLUMN} = ${loadId}`, `${LOADED_AT_COLUMN} = ${loadedAt}`);
    const differs = `(${values.map((column) => this.#comparable("t", column)).join(", ")}) is distinct from (${values
      .map((column) => this.#comparable("i", column))
      .join(", ")})`;
    const condition = this.#context.flow.onlyChanged ? ` and ${differs}` : "";
    const answer = await this.#client.query(
      `update ${target} t set ${sets.join(", ")} from ${INCOMING} i where ${this.#sameKey()}${condition}`,
    );
    return answer.rowCount ?? 0;
  }

  async #insert(target: string, isEmpty: boolean): Promise<number> {
    const columns = identifiers(writtenColumns(this.#context.flow));
    const values = [identifiers(this.#columns, "i."), ...systemValues(this.#context.loadId)].join(", ");
    const isNew = isEmpty ? "" : ` where not exists (select from ${target} t where ${this.#sameKey()})`;
    const answer = await this.#client.query(`insert into ${target} (${columns}) select ${values} from ${INCOMING} i${isNew}`);
    return answer.rowCount ?? 0;
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
