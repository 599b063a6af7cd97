import { identifiers } from "../sql-text.ts";
import { refuseShrunkReplace } from "./refuse-shrinking.ts";
import type { RowCounts } from "./row-counts.ts";
import { tableName } from "./target-table.ts";
import { systemValues, writtenColumns } from "./writer-context.ts";
import type { SelectGood, TargetWriter, WriterContext } from "./writer-context.ts";

/** append, replace, and the partition that an interval names: straight into the target. */
export class InsertWriter implements TargetWriter {
  readonly #context: WriterContext;
  readonly #insert: string;
  #inserted = 0;
  #deleted = 0;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#insert = `insert into ${tableName(context.entity)} (${identifiers(writtenColumns(context))})`;
  }

  async begin(): Promise<void> {
    const { flow, within, client, entity } = this.#context;
    if (flow.mode !== "replace" && flow.mode !== "partition") return;
    // DELETE, not TRUNCATE: readers go on seeing the old rows until the commit, and need not wait
    const where = within.length === 0 ? "" : ` where ${within.join(" and ")}`;
    const answer = await client.query(`delete from ${tableName(entity)} t${where}`);
    this.#deleted = answer.rowCount ?? 0;
  }

  async add(select: SelectGood): Promise<number> {
    const answer = await this.#context.client.query(`${this.#insert} ${select(systemValues(this.#context.loadId))}`);
    this.#inserted += answer.rowCount ?? 0;
    return answer.rowCount ?? 0;
  }

  widen(): Promise<void> {
    return Promise.resolve(); // nothing of it lies outside of the target
  }

  finish(): Promise<RowCounts> {
    const inserted = this.#inserted;
    refuseShrunkReplace(this.#context.flow, { deleted: this.#deleted, inserted });
    return Promise.resolve({ loaded: inserted, filtered: 0, inserted, updated: 0, unchanged: 0, deleted: this.#deleted });
  }
}
