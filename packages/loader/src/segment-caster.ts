import { PolyflowError } from "@polyflow/contracts";
import { DatabaseError } from "pg";
import type { Client } from "pg";
import { planColumn } from "./cast/column-plan.ts";
import type { ColumnPlan } from "./cast/column-plan.ts";
import { goodRecords } from "./cast/segment-query.ts";
import type { Extraction } from "./extract/extraction.ts";
import type { LoadRequest } from "./load-request.ts";
import type { Segment } from "./staging.ts";
import type { TargetWriter } from "./target/writer-context.ts";

/** A segment after its cast: what the rejects are written from. */
export interface CastSegment {
  readonly segment: Segment;
  readonly plans: readonly ColumnPlan[];
  /** Staged records that did not pass. */
  readonly bad: number;
}

export interface CastContext {
  readonly request: LoadRequest;
  readonly client: Client;
  readonly extraction: Pick<Extraction, "columnOf">;
  /** Function that tells whether a text is valid input of a type. */
  readonly inputIsValid: string;
  readonly file: string;
}

/** SQLSTATE class of values that a type does not take. */
const DATA_EXCEPTION = "22";

/**
 * Brings the staged text of each segment into its types. Most files are clean, and then a plain cast is a third faster than asking
 * of each cell whether it can be cast; so that is tried first, under a savepoint. The first cell that cannot be cast ends the trust:
 * from then on every cell is asked, and the bad ones become rejects.
 */
export class SegmentCaster {
  readonly #context: CastContext;
  readonly #writer: TargetWriter;
  #trusts = true;

  constructor(context: CastContext, writer: TargetWriter) {
    this.#context = context;
    this.#writer = writer;
  }

  async cast(segment: Segment): Promise<CastSegment> {
    if (segment.records === 0) return { segment, plans: [], bad: 0 };
    return (this.#trusts ? await this.#castTrusting(segment) : undefined) ?? this.#write(segment, this.#context.inputIsValid);
  }

  async #castTrusting(segment: Segment): Promise<CastSegment | undefined> {
    const { client } = this.#context;
    await client.query("savepoint trusting_cast");
    try {
      const cast = await this.#write(segment, undefined);
      await client.query("release savepoint trusting_cast");
      return cast;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code?.startsWith(DATA_EXCEPTION) !== true) throw error;
      await client.query("rollback to savepoint trusting_cast");
      this.#trusts = false;
      return undefined;
    }
  }

  async #write(segment: Segment, inputIsValid: string | undefined): Promise<CastSegment> {
    const plans = this.#plan(segment, inputIsValid);
    const good = await this.#writer.add((further) => goodRecords(segment, plans, further));
    return { segment, plans, bad: segment.records - good };
  }

  #plan(segment: Segment, inputIsValid: string | undefined): readonly ColumnPlan[] {
    const { flow, entity, source, loadId } = this.#context.request;
    const columns = new Map(entity.columns.map((column) => [column.column, column]));
    const fields = new Map(source.fields.map((field) => [field.name, field]));
    return flow.mapping.map((mapping) => {
      const column = columns.get(mapping.column);
      if (column === undefined) {
        throw new PolyflowError("internal", `The mapping of flow "${flow.name}" names the unknown column "${mapping.column}".`);
      }
      return planColumn(mapping, column, {
        facts: segment.facts,
        columnOf: this.#context.extraction.columnOf,
        fields,
        keys: flow.keys,
        inputIsValid,
        loadId,
        file: this.#context.file,
      });
    });
  }
}
