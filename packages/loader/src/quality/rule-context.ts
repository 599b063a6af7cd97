import type { EntityDefinition } from "@polyflow/metadata-model";
import type { Client } from "pg";

/** What measuring rules needs: the table as it would be after the commit, and what is known of earlier loads. */
export interface RuleContext {
  readonly client: Client;
  readonly entity: EntityDefinition;
  readonly flow: string;
  readonly systemSchema: string;
  readonly loadId: string;
  /** Records that this load brings. */
  readonly loaded: number;
  readonly callables: RuleCallables;
}

/** The functions that callable rules name. */
export type RuleCallables = (name: string) => Promise<RuleCallable>;

/**
 * A rule in code: measures the table inside the transaction of the load, and returns the number that the rule judges.
 * @example
 * // metadata/rules/amounts_add_up.ts
 * export const amounts_add_up: RuleCallable = async ({ query, table }) => {
 *   const [row] = await query(`select abs(sum(net) + sum(vat) - sum(gross)) as gap from ${table}`);
 *   return Number(row?.gap ?? 0);
 * };
 */
export type RuleCallable = (subject: RuleSubject) => Promise<number> | number;

export interface RuleSubject {
  /** Runs a statement in the transaction of the load; numbers of PostgreSQL beyond 2^53 and decimals are strings. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly { readonly [column: string]: unknown }[]>;
  /** Qualified and quoted name of the table. */
  readonly table: string;
  /** Rows that this load has written carry it in `_load_id`. */
  readonly loadId: string;
}

/** What a rule came to, before it is judged. */
export interface Measurement {
  readonly value: number;
  readonly note?: string;
}
