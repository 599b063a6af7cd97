/** A value that a command prints. */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell };
export type Row = { readonly [column: string]: Cell };

export const OUTPUT_FORMATS = ["table", "json", "yaml", "plain"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** A list, in the form the user asked for; `table` is for people, `plain` (tabs, no header) for shell scripts. */
export function renderRows(rows: readonly Row[], format: OutputFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(rows, undefined, 2);
    case "yaml":
      return rows.length === 0 ? "[]" : rows.map((row) => `- ${yaml(row, 1).trimStart()}`).join("\n");
    case "plain":
      return rows.map((row) => Object.values(row).map(shown).join("\t")).join("\n");
    case "table":
      return rows.length === 0 ? "(nothing)" : table(rows);
    default:
      return format satisfies never;
  }
}

/** One object; as a table each property is a line. */
export function renderObject(object: Row, format: OutputFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(object, undefined, 2);
    case "yaml":
      return yaml(object, 0);
    case "plain":
      return Object.entries(object)
        .map(([name, value]) => `${name}\t${shown(value)}`)
        .join("\n");
    case "table": {
      const width = Math.max(...Object.keys(object).map((name) => name.length));
      return Object.entries(object)
        .map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}`)
        .join("\n");
    }
    default:
      return format satisfies never;
  }
}

function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => shown(row[column] ?? null)));
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((line) => (line[index] ?? "").length)));
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] === "number" || row[column] == null));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => (isNumeric[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...cells.map(line)].join("\n");
}

function shown(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "object") return String(value).replaceAll(/[\t\n\r]+/g, " ");
  return Array.isArray(value) && value.every((item) => typeof item !== "object") ? value.join(", ") : JSON.stringify(value);
}

/** YAML in block style; scalars as in JSON, which is YAML too. */
function yaml(value: Cell, depth: number): string {
  const indent = "  ".repeat(depth);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Array.isArray(value)
    ? value.map((item: Cell) => ["-", item] as const)
    : Object.entries(value as Row).map(
        ([name, item]) => [`${/^[a-z_][\w.-]*$/i.test(name) ? name : JSON.stringify(name)}:`, item] as const,
      );
  if (entries.length === 0) return Array.isArray(value) ? "[]" : "{}";
  return entries.map(([key, item]) => `${indent}${key}${isBlock(item) ? `\n${yaml(item, depth + 1)}` : ` ${yaml(item, 0)}`}`).join("\n");
}

function isBlock(value: Cell): boolean {
  return value !== null && typeof value === "object" && Object.keys(value).length > 0;
}
