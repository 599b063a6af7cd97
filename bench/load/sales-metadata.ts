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

/** Source, entities and flows of the measured loads. */
export function writeSalesMetadata(project: TestProject): void {
  const fields = COLUMNS.map(([name, type, , more]) => `    - {name: ${name}, type: ${type}${more === "" ? "" : `, ${more}`}}`);
  project.write("metadata/sources/sales.yaml", `name: sales\npath: sales.csv\nformat: csv\nschema:\n  fields:\n${fields.join("\n")}\n`);
  for (const mode of ["append", "merge"] as const) {
    const properties = COLUMNS.map(([name, type, physical]) => {
      const key = mode === "merge" && name === "id" ? ", primaryKey: true" : "";
      return `      - {name: ${name}, logicalType: ${LOGICAL[type]}, physicalType: "${physical}"${key}}`;
    });
    project.write(
      `metadata/entities/${mode}.odcs.yaml`,
      `apiVersion: v3.1.0\nkind: DataContract\nid: bench.${mode}\nversion: 1.0.0\nstatus: active\n` +
        `servers: [{server: df, type: postgres, schema: bench}]\nschema:\n  - name: sales_${mode}\n    properties:\n${properties.join("\n")}\n`,
    );
    project.write(
      `metadata/flows/${mode}.flow.yaml`,
      `flow: ${mode}\nsource: {ref: sales}\ntarget: {ref: bench.${mode}}\nload: {mode: ${mode}}\n`,
    );
  }
}
