import type { RowFilter } from "../cast/row-filter.ts";
import type { BulkColumn, BulkEngine } from "./bulk-engine.ts";

/** The statements that turn the staged texts into typed rows; each names `s` for a record of texts. */
export interface TextConversion {
  /** How many texts of each column the server does not take, as n0, n1, …; undefined when it takes all. */
  readonly countRefused: string | undefined;
  /** The texts of a column that the server does not take, as `_row` and `raw`. */
  refused(index: number): string;
  /** Moves what it takes, and no filter leaves out, into the typed table. */
  readonly insert: string;
}

/**
 * The judge has passed the texts already; what the server still refuses (a date before its calendar, a leap second) is found before it is
 * converted, so that such records are rejected one by one instead of failing the load.
 */
export function textConversion(
  { words, texts, incoming }: Pick<BulkEngine, "words" | "texts" | "incoming">,
  columns: readonly BulkColumn[],
  options: {
    readonly filters: readonly RowFilter[] /** Columns whose refused values are NULL instead. */;
    readonly discards: ReadonlySet<string>;
  },
): TextConversion {
  const values = columns.map(({ type }, index) => words.convert(`s.c${index}`, type));
  const canRefuse = (index: number): boolean => values[index] !== `s.c${index}`;
  const isRefused = (index: number): string => `(s.c${index} is not null and ${values[index] ?? ""} is null)`;
  const doubtful = columns.flatMap((_, index) => (canRefuse(index) ? [index] : []));
  const counts = doubtful.map((index) => `${words.countIf(isRefused(index))} as n${index}`);
  const conditions = [
    ...doubtful
      .filter((index) => !options.discards.has(columns[index]?.column.column ?? ""))
      .map((index) => `(s.c${index} is null or ${values[index] ?? ""} is not null)`),
    ...options.filters.flatMap(({ column, keeps }) => {
      const index = columns.findIndex((candidate) => candidate.column.column === column);
      return index < 0 ? [] : [keeps(values[index] ?? "")];
    }),
  ];
  const names = columns.map(({ column }) => words.identifier(column.column));
  const row = words.name === "ClickHouse" ? "toInt64(s._row)" : "convert(bigint, s._row)";
  return {
    countRefused: counts.length === 0 ? undefined : `select ${counts.join(", ")} from ${texts} s`,
    refused: (index) => `select s._row as _row, s.c${index} as raw from ${texts} s where ${isRefused(index)}`,
    insert:
      `insert into ${incoming} (${[...names, "_row"].join(", ")}) select ${[...values, row].join(", ")} from ${texts} s` +
      (conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`),
  };
}
