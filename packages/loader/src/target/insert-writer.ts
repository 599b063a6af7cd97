import { PolyflowError } from "@polyflow/contracts";
import { identifiers } from "../sql-text.ts";
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
    this.#refuseShrinking();
    return Promise.resolve({ loaded: inserted, filtered: 0, inserted, updated: 0, unchanged: 0, deleted: this.#deleted });
  }

  /** An empty source is asked about elsewhere; this is about one that has lost most of its records. */
  #refuseShrinking(): void {
    const { flow } = this.#context;
    if (flow.mode !== "replace" || this.#deleted === 0 || (this.#inserted === 0 && flow.allowEmptySource)) return;
    const percent = (1 - this.#inserted / this.#deleted) * 100;
    if (percent <= flow.maxShrinkPercent) return;
    throw new PolyflowError(
      "load_shrinks_target",
      `The table has ${this.#deleted} rows, and ${this.#inserted} would take their place: ${percent.toFixed(1)} % fewer, where the flow allows ${flow.maxShrinkPercent} %. ` +
        "Is the source complete? If it is, write `load: {max_shrink: 100%}` in the flow, or another share. The target is unchanged.",
    );
  }
}
