import type { FieldType, Layout, LayoutDialect, LayoutField, LayoutHints, RawGrid } from "../../../api/layouts.ts";

export const FIELD_TYPES: readonly FieldType[] = [
  "string",
  "integer",
  "number",
  "boolean",
  "date",
  "datetime",
  "time",
  "object",
  "array",
  "any",
];

/** What a field says of its spelling, and the types for which it means something. */
const SPELLING: { readonly [key in "format" | "decimalChar" | "groupChar" | "trueValues" | "falseValues"]: readonly FieldType[] } = {
  format: ["date", "datetime", "time"],
  decimalChar: ["number"],
  groupChar: ["integer", "number"],
  trueValues: ["boolean"],
  falseValues: ["boolean"],
};

export function hasSpelling(field: LayoutField, key: keyof typeof SPELLING): boolean {
  return SPELLING[key].includes(field.type ?? "string");
}

export function fieldsOf(layout: Layout): readonly LayoutField[] {
  return layout.schema.fields;
}

export function withFields(layout: Layout, fields: readonly LayoutField[]): Layout {
  return { ...layout, schema: { ...layout.schema, fields } };
}

/** Changes a field; keys that mean nothing for its type, and empty ones, are left out. */
export function withField(layout: Layout, index: number, part: Partial<LayoutField>): Layout {
  return withFields(
    layout,
    fieldsOf(layout).map((field, place) => (place === index ? cleaned({ ...field, ...part }) : field)),
  );
}

function cleaned(field: LayoutField): LayoutField {
  const entries = Object.entries(field).filter(([key, value]) => {
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0 && key !== "missingValues")) return false;
    if (key === "constraints" && typeof value === "object" && value !== null && Object.keys(value).length === 0) return false;
    return !Object.hasOwn(SPELLING, key) || hasSpelling(field, key as keyof typeof SPELLING);
  });
  return { ...Object.fromEntries(entries), name: field.name };
}

export function dialectOf(layout: Layout): LayoutDialect {
  return layout.dialect ?? {};
}

/** Changes the dialect; empty keys, and a dialect without any, are left out. */
export function withDialect(layout: Layout, part: LayoutDialect): Layout {
  const entries = Object.entries({ ...dialectOf(layout), ...part }).filter(([, value]) => value !== undefined);
  const { dialect: _dialect, ...rest } = layout;
  return entries.length === 0 ? rest : { ...rest, dialect: Object.fromEntries(entries) };
}

const HINTS: readonly (keyof LayoutHints)[] = [
  "header",
  "headerRows",
  "delimiter",
  "quoteChar",
  "commentChar",
  "property",
  "sheetName",
  "sheetNumber",
  "range",
  "hiddenRows",
  "hiddenColumns",
  "mergedCells",
  "footerRows",
  "totals",
];

/** What is settled about a file, for a new look at its columns. */
export function hintsOf(layout: Layout): LayoutHints {
  const known = Object.entries(dialectOf(layout)).filter(([key, value]) => value !== undefined && HINTS.includes(key as keyof LayoutHints));
  const { format, encoding } = layout;
  return { ...Object.fromEntries(known), ...(format === undefined ? {} : { format }), ...(encoding === undefined ? {} : { encoding }) };
}

/**
 * A description with the columns that a new look has found: fields that somebody has changed since the last look, and those of a
 * description that is there already, stay as they are.
 * @param before what the last look has found; undefined: everything stays
 */
export function withLook(layout: Layout, found: Layout, before: Layout | undefined): Layout {
  const own = new Map(fieldsOf(layout).map((field) => [field.name, field]));
  const proposed = new Map((before === undefined ? [] : fieldsOf(before)).map((field) => [field.name, JSON.stringify(field)]));
  const fields = fieldsOf(found).map((field) => {
    const mine = own.get(field.name);
    return mine !== undefined && JSON.stringify(mine) !== proposed.get(field.name) ? mine : field;
  });
  const { dialect: _dialect, ...rest } = layout;
  const { nullSequence } = dialectOf(layout);
  const taken = found.dialect === undefined ? {} : { dialect: found.dialect };
  const kept = { ...rest, ...taken, ...(found.format === undefined ? {} : { format: found.format }) };
  const encoded = found.encoding === undefined ? kept : { ...kept, encoding: found.encoding };
  const next = withFields(encoded, fields);
  return nullSequence === undefined ? next : withDialect(next, { nullSequence });
}

/** Columns and rows from 1; absent ends are open. */
export interface CellRange {
  readonly firstColumn: number;
  readonly firstRow: number;
  readonly lastColumn?: number | undefined;
  readonly lastRow?: number | undefined;
}

export function rangeOf(layout: Layout): CellRange {
  const match = /^([A-Za-z]+)(\d+)?:([A-Za-z]+)?(\d+)?$/.exec(dialectOf(layout).range ?? "");
  if (match === null) return { firstColumn: 1, firstRow: 1 };
  const [, first = "A", firstRow = "1", last, lastRow] = match;
  return {
    firstColumn: columnOfLetters(first),
    firstRow: Number(firstRow),
    ...(last === undefined ? {} : { lastColumn: columnOfLetters(last) }),
    ...(lastRow === undefined ? {} : { lastRow: Number(lastRow) }),
  };
}

export function rangeText({ firstColumn, firstRow, lastColumn, lastRow }: CellRange): string | undefined {
  if (firstColumn === 1 && firstRow === 1 && lastColumn === undefined && lastRow === undefined) return undefined;
  return `${lettersOf(firstColumn)}${firstRow}:${lastColumn === undefined ? "" : lettersOf(lastColumn)}${lastRow ?? ""}`;
}

/** Name of a column, numbered from 1: 27 is `AA`. */
export function lettersOf(column: number): string {
  return column > 26 ? lettersOf(Math.floor((column - 1) / 26)) + lettersOf(((column - 1) % 26) + 1) : String.fromCodePoint(64 + column);
}

function columnOfLetters(letters: string): number {
  return Array.from(letters.toUpperCase()).reduce((sum, letter) => sum * 26 + (letter.codePointAt(0) ?? 64) - 64, 0);
}

/** Rows of the file that are the header, as it numbers them. */
export function headerRowsOf(layout: Layout, grid: RawGrid): readonly number[] {
  const { header, headerRows } = dialectOf(layout);
  if (header === false) return [];
  const { firstRow } = rangeOf(layout);
  if (headerRows !== undefined) return headerRows.map((row) => row + firstRow - 1);
  const first = grid.rows.find((row) => row.number >= firstRow && row.cells.some((cell) => cell !== null && cell.trim() !== ""));
  return first === undefined ? [] : [first.number];
}

/** Hints for a header in these rows of the file. */
export function headerHints(layout: Layout, rows: readonly number[], range: CellRange = rangeOf(layout)): LayoutHints {
  const { header: _header, headerRows: _headerRows, range: _range, ...rest } = hintsOf(layout);
  const text = rangeText(range);
  const placed = text === undefined ? rest : { ...rest, range: text };
  const inside = rows.map((row) => row - range.firstRow + 1).filter((row) => row >= 1);
  return inside.length === 0 ? { ...placed, header: false } : { ...placed, headerRows: inside.toSorted((left, right) => left - right) };
}
