import type { TestProject } from "../../tests/harness/project.ts";

/** Name, type in the file, type in PostgreSQL, and what is demanded of the cells: eight rules. */
const COLUMNS = [
  ["id", "integer", "bigint", "constraints: {required: true}"],
  ["code", "string", "text", "constraints: {required: true}"],
  ["name", "string", "text", "constraints: {maxLength: 200}"],
  ["day", "date", "date", "constraints: {required: true}"],
  ["at", "datetime", "timestamp", ""],
  ["quantity", "integer", "integer", "constraints: {minimum: 1}"],
  ["price", "number", "numeric(18,4)", "constraints: {minimum: 0}"],
  ["amount", "number", "numeric(18,2)", "constraints: {minimum: 0}"],
  ["paid", "boolean", "boolean", ""],
  ["region", "string", "text", "constraints: {required: true}"],
] as const;

export const SALES_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);
export const SALES_TYPED_COLUMNS: string = COLUMNS.map(([name, , type]) => `${name} ${type}`).join(", ");
export const SALES_TEXT_COLUMNS: string = COLUMNS.map(([name]) => `${name} text`).join(", ");
/** The select of somebody who writes the load by hand and trusts the file. */
export const SALES_CASTS: string = COLUMNS.map(([name, , type]) => `${name}::${type}`).join(", ");

const LOGICAL = {
  integer: "integer",
  string: "string",
  date: "date",
  datetime: "timestamp",
  number: "number",
  boolean: "boolean",
} as const;

const CSV = 'path: sales.csv\nformat: csv\nencoding: windows-1251\ndialect: {delimiter: ";"}';

/** Flow → what its source says of the place, and how it is written. */
export const SALES_FLOWS = {
  append: { place: CSV, mode: "append" },
  merge: { place: CSV, mode: "merge" },
  parquet: { place: "path: sales.parquet\nformat: parquet", mode: "append" },
  workbook: { place: "path: sales.xlsx\nformat: xlsx", mode: "append" },
  database: { place: "connection: shop\nsql: {table: bench.sales_source}", mode: "append" },
} as const;
export type SalesFlow = keyof typeof SALES_FLOWS;

/** Source, entity and flow of each measured load. */
export function writeSalesMetadata(project: TestProject): void {
  const fields = COLUMNS.map(([name, type, , more]) => `    - {name: ${name}, type: ${type}${more === "" ? "" : `, ${more}`}}`);
  for (const [flow, { place, mode }] of Object.entries(SALES_FLOWS)) {
    project.write(`metadata/sources/${flow}.yaml`, `name: ${flow}\n${place}\nschema:\n  fields:\n${fields.join("\n")}\n`);
    const properties = COLUMNS.map(([name, type, physical]) => {
      const key = mode === "merge" && name === "id" ? ", primaryKey: true" : "";
      return `      - {name: ${name}, logicalType: ${LOGICAL[type]}, physicalType: "${physical}"${key}}`;
    });
    project.write(
      `metadata/entities/${flow}.odcs.yaml`,
      `apiVersion: v3.1.0\nkind: DataContract\nid: bench.${flow}\nversion: 1.0.0\nstatus: active\n` +
        `servers: [{server: df, type: postgres, schema: bench}]\nschema:\n  - name: sales_${flow}\n    properties:\n${properties.join("\n")}\n`,
    );
    project.write(
      `metadata/flows/${flow}.flow.yaml`,
      `flow: ${flow}\nsource: {ref: ${flow}}\ntarget: {ref: bench.${flow}}\nload: {mode: ${mode}}\n`,
    );
  }
}
