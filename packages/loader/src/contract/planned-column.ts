import type { ColumnMapping, EntityColumn, SourceField } from "@polyflow/metadata-model";

/** A column that the load writes, and where its values come from. */
export interface PlannedColumn {
  readonly mapping: ColumnMapping;
  readonly column: EntityColumn;
}

/** A cell of the file that belongs nowhere; rows that have a value in it are set aside or left out. */
export interface UnwantedCell {
  /** Name in the file, for rejects. */
  readonly field: string;
  /** Index of the cell. */
  readonly index: number;
  readonly reason: string;
  readonly policy: "discard_row" | "quarantine";
}

/** What a load writes and watches, after its contract has been held against file and table. */
export interface ColumnPlanning {
  readonly columns: readonly PlannedColumn[];
  readonly unwanted: readonly UnwantedCell[];
  /** Declared fields and columns of the file that the contract lets in, by name. */
  readonly fields: ReadonlyMap<string, SourceField>;
  readonly columnOf: ReadonlyMap<string, number | undefined>;
}

/** A column of the file that nobody has described is taken as the text that it is. */
export function textField(name: string, missingValues: readonly string[]): SourceField {
  return {
    name,
    type: "string",
    decimalChar: ".",
    trueValues: [],
    falseValues: [],
    missingValues,
    constraints: { required: false },
  };
}
