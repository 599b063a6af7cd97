import { identifiers } from "../sql-text.ts";
import type { RowCounts } from "./row-counts.ts";
import { tableName } from "./target-table.ts";
import { systemValues, writtenColumns } from "./writer-context.ts";
import type { SelectGood, TargetWriter, WriterContext } from "./writer-context.ts";

/** append and replace: straight into the target. */
export class InsertWriter implements TargetWriter {
  readonly #context: WriterContext;
  readonly #insert: string;
  #inserted = 0;
  #deleted = 0;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#insert = `insert into ${tableName(context.entity)} (${identifiers(writtenColumns(context.flow))})`;
  }

  async begin(): Promise<void> {
    if (this.#context.flow.mode !== "replace") return;
    // DELETE, not TRUNCATE: readers go on seeing the old rows until the commit, and need not wait
    const answer = await this.#context.client.query(`delete from ${tableName(this.#context.entity)}`);
    this.#deleted = answer.rowCount ?? 0;
  }

  async add(select: SelectGood): Promise<number> {
    const answer = await this.#context.client.query(`${this.#insert} ${select(systemValues(this.#context.loadId))}`);
    this.#inserted += answer.rowCount ?? 0;
    return answer.rowCount ?? 0;
  }

  finish(): Promise<RowCounts> {
    const inserted = this.#inserted;
    return Promise.resolve({ loaded: inserted, filtered: 0, inserted, updated: 0, unchanged: 0, deleted: this.#deleted });
  }
}
