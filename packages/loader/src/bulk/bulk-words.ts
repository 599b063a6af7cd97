import type { EntityColumn } from "@polyflow/metadata-model";
import type { BulkType } from "./bulk-type.ts";

/** What differs between the SQL of databases that are loaded in bulk, as far as casting, checking and remembering need it. */
export interface BulkWords {
  /** As people call it. */
  readonly name: string;
  readonly identifier: (...path: readonly string[]) => string;
  readonly literal: (text: string) => string;
  readonly typeOf: (column: EntityColumn, isKey: boolean) => BulkType;
  /** The value of a text that {@link readValue} has passed; NULL where the database does not take it. */
  readonly convert: (text: string, type: BulkType) => string;
  /** A value that a text of the metadata or of an earlier load names. */
  readonly bound: (text: string, type: BulkType) => string;
  /** `value` less a lookback like `2 days` or `100`. */
  readonly back: (value: string, lookback: string) => string;
  readonly asText: (expression: string, type: BulkType) => string;
  /** A number as a fraction of the machine's: what rules judge. */
  readonly asNumber: (expression: string) => string;
  /** The moment of the transaction or, where there is none, of the statement. */
  readonly now: string;
  readonly length: (expression: string) => string;
  /** Undefined where the database knows no regular expressions. */
  readonly matches: ((expression: string, pattern: string) => string) | undefined;
  /** Rows for which the condition holds, in an answer without groups. */
  readonly countIf: (condition: string) => string;
  /** `select` of at most so many rows. */
  readonly first: (count: number, select: { readonly what: string; readonly from: string }) => string;
  /** One row as JSON text, `t` being its alias; undefined where that cannot be said. */
  readonly rowJson: (columns: readonly string[]) => string;
  readonly median: (column: string, from: string) => string;
  /** Hours since the greatest value of a column. */
  readonly hoursSince: (column: string) => string;
  readonly standardDeviation: string;
}

/** `2 days` taken apart; undefined for a plain number. */
export function spanOf(lookback: string): { readonly count: string; readonly unit: string } | undefined {
  const found = /^(\d+)(?:\.\d+)? *(second|minute|hour|day|week|month|year)s?$/.exec(lookback);
  return found === null ? undefined : { count: found[1] ?? "0", unit: found[2] ?? "day" };
}
