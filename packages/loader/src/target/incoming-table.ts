import { PolyflowError } from "@polyflow/contracts";
import type { Client } from "pg";
import { identifier, identifiers } from "../sql-text.ts";
import type { SelectGood, WriterContext } from "./writer-context.ts";

/** The typed records of a load in a temporary table of its transaction. */
export class IncomingTable {
  readonly name = "pg_temp.polyflow_incoming";
  readonly #client: Client;
  readonly #context: WriterContext;
  readonly #selects: SelectGood[] = [];
  #count = 0;

  constructor(context: WriterContext) {
    this.#client = context.client;
    this.#context = context;
  }

  /** Records in it. */
  get count(): number {
    return this.#count;
  }

  async create(): Promise<void> {
    const types = new Map(this.#context.columns.map((column) => [column.column, column.physicalType]));
    const columns = [...types].map(([column, type]) => `${identifier(column)} ${type}`);
    await this.#client.query(`create temporary table polyflow_incoming (${columns.join(", ")}) on commit drop`);
  }

  async add(select: SelectGood): Promise<number> {
    const count = await this.#insert(select([]));
    this.#selects.push(select);
    this.#count += count;
    return count;
  }

  /**
   * Of records with one key one stays, by the flow's `dedup`. Their numbers in the file cost time, so they are fetched only when needed.
   * @returns how many were dropped
   * @throws PolyflowError `quality_rule_failed` when there are several and `dedup` is `fail`
   */
  async dropDoubles(keys: readonly string[]): Promise<number> {
    const list = identifiers(keys);
    const doubled = await this.#client.query<{ doubled: boolean }>(
      `select exists (select from ${this.name} group by ${list} having count(*) > 1) as doubled`,
    );
    if (doubled.rows[0]?.doubled !== true) return 0;
    if (this.#context.flow.dedup === "fail") throw await this.#doublesRefused(keys, list);
    await this.#client.query(`truncate ${this.name}`);
    await this.#client.query(`alter table ${this.name} add column _row bigint`);
    for (const select of this.#selects) await this.#insert(select(["s._row"]));
    const order = this.#context.flow.dedup === "first" ? "asc" : "desc";
    const answer = await this.#client.query(
      `delete from ${this.name} where _row in (
         select _row from (select _row, row_number() over (partition by ${list} order by _row ${order}) as rank from ${this.name}) ranked
          where rank > 1)`,
    );
    const dropped = answer.rowCount ?? 0;
    this.#count -= dropped;
    return dropped;
  }

  async widen(column: string, physicalType: string): Promise<void> {
    await this.#client.query(`alter table ${this.name} alter column ${identifier(column)} type ${physicalType}`);
  }

  async analyze(columns: readonly string[]): Promise<void> {
    await this.#client.query(`analyze ${this.name}${columns.length === 0 ? "" : ` (${identifiers(columns)})`}`);
  }

  async #insert(select: string): Promise<number> {
    const answer = await this.#client.query(`insert into ${this.name} ${select}`);
    return answer.rowCount ?? 0;
  }

  async #doublesRefused(keys: readonly string[], list: string): Promise<PolyflowError> {
    const answer = await this.#client.query<{ keys: string; count: string; example: string }>(
      `select count(*) as keys, sum(n) as count, min(example) as example
         from (select count(*) as n, row(${list})::text as example from ${this.name} group by ${list} having count(*) > 1) doubled`,
    );
    const row = answer.rows[0];
    return new PolyflowError(
      "quality_rule_failed",
      `${row?.count} records share ${row?.keys} keys (${keys.join(", ")}), for example ${row?.example}. ` +
        "The flow says `dedup: fail`; write `dedup: last` or `first` to keep one of each. The target is unchanged.",
    );
  }
}
