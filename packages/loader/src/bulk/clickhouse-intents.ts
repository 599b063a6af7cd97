import { type BulkSession, PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition } from "@polyflow/metadata-model";
import { LOAD_ID_COLUMN } from "../target/strategy/write-shape.ts";
import { clickhouseWords } from "./clickhouse-words.ts";

const { identifier, literal } = clickhouseWords;
/** Publishing takes seconds; a note that is older belongs to a load that has died. */
const LEASE_MINUTES = 10;

/** What a load means to publish. */
export interface Intent {
  readonly loadId: string;
  readonly flow: string;
  /** As the ledger names it. */
  readonly target: string;
  /** Rows that were added are taken back; those in place of all are replaced by the next load. */
  readonly mode: "append" | "replace";
}

/** Notes of loads that have begun to publish, in a database without transactions. */
export class ClickhouseIntents {
  readonly #session: BulkSession;
  readonly #entity: EntityDefinition;
  readonly #intent: Intent;
  readonly #table: string;
  readonly #ledger: string;

  constructor(session: BulkSession, of: { readonly systemSchema: string; readonly entity: EntityDefinition; readonly intent: Intent }) {
    this.#session = session;
    this.#entity = of.entity;
    this.#intent = of.intent;
    this.#table = identifier(of.systemSchema, "load_intent");
    this.#ledger = `${identifier(of.systemSchema, "load_ledger")} final`;
  }

  /**
   * Takes back the rows of loads of this target that died between publishing and saying so.
   * @throws PolyflowError `load_failed` while another load is publishing
   */
  async takeBackUnfinished(): Promise<void> {
    for (const { load_id: loadId, age, mode } of await this.#unfinished()) {
      if (Number(age) < LEASE_MINUTES) throw this.#isBusy(loadId ?? "", Number(age));
      const table = identifier(this.#entity.schema, this.#entity.table);
      const [there] = await this.#session.query(
        `select count() as n from system.tables where database = ${literal(this.#entity.schema)} and name = ${literal(this.#entity.table)}`,
      );
      if (there?.["n"] !== "0" && mode === "append")
        await this.#session.execute(
          `alter table ${table} delete where ${LOAD_ID_COLUMN} = toUUID(${literal(loadId ?? "")}) settings mutations_sync = 2`,
        );
      await this.#note(loadId ?? "", "withdrawn");
    }
  }

  /** Notes that this load publishes now; of two that do it at once, both step back rather than mix their rows. */
  async announce(): Promise<void> {
    await this.#note(this.#intent.loadId, "begun");
    const [other] = (await this.#unfinished()).filter(({ load_id: loadId }) => loadId !== this.#intent.loadId);
    if (other === undefined) return;
    await this.#note(this.#intent.loadId, "withdrawn");
    throw this.#isBusy(other["load_id"] ?? "", Number(other["age"]));
  }

  /** Loads that have begun to publish and are not in the ledger. */
  #unfinished(): Promise<readonly { readonly [column: string]: string | null }[]> {
    const target = literal(this.#intent.target);
    return this.#session.query(
      `select toString(load_id) as load_id, dateDiff('minute', argMax(at, at), now64(6)) as age, any(mode) as mode from ${this.#table} where target = ${target}` +
        ` and load_id not in (select load_id from ${this.#ledger} where target = ${target} and status = 'loaded')` +
        ` group by load_id having argMax(state, at) = 'begun' order by load_id`,
    );
  }

  async #note(loadId: string, state: "begun" | "withdrawn"): Promise<void> {
    const { target, flow, mode } = this.#intent;
    await this.#session.execute(
      `insert into ${this.#table} (load_id, target, flow, mode, state) values (${[loadId, target, flow, mode, state].map(literal).join(", ")})`,
    );
  }

  #isBusy(loadId: string, minutes: number): PolyflowError {
    return new PolyflowError(
      "load_failed",
      `Load ${loadId} began to publish into ${this.#intent.target} ${minutes} minutes ago and has not said that it is done. ` +
        `Nothing was changed. Run the load again: ${LEASE_MINUTES} minutes after a load has died, the next one takes back what it left.`,
    );
  }
}
