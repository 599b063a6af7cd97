import type { SourceDefinition, SourceField } from "@polyflow/metadata-model";
import { identifiers } from "../infer/identifiers.ts";
import { LOGICAL_TYPES } from "../infer/propose-metadata.ts";
import type { ProposedFile } from "../infer/propose-metadata.ts";
import { flowYaml } from "../infer/yaml-text.ts";

/** How a source is to be loaded. */
export interface TargetWish {
  /** Schema of the table. */
  readonly schema: string;
  readonly mode: "replace" | "append" | "merge";
  /** Fields that tell one row from another; a merge needs them. */
  readonly keys: readonly string[];
  /** Fields whose values must differ from row to row. */
  readonly unique: readonly string[];
}

export interface ProposedTarget {
  readonly entity: ProposedFile;
  readonly flow: ProposedFile;
}

/** Types whose default for a table would add what the file does not say: a zone. */
const PHYSICAL_TYPES: { readonly [type in SourceField["type"]]?: string } = { datetime: "timestamp" };

/** Writes entity and flow for a source: a table with a column for each field, and what loads it. */
export function proposeTarget(source: SourceDefinition, wish: TargetWish): ProposedTarget {
  const { name, fields } = source;
  const id = name.replaceAll(/[^a-z0-9_]/g, "_");
  const columns = identifiers(fields.map((field) => field.name.replaceAll("@", "")));
  const columnOf = new Map(fields.map((field, index) => [field.name, columns[index] ?? field.name]));
  const properties = fields.map((field) => `      - ${flowYaml(propertyOf(field, columnOf.get(field.name) ?? field.name, wish))}\n`);
  const head = (schema: string) => `# yaml-language-server: $schema=../schemas/${schema}.schema.json\n`;
  const entity =
    `${head("entity")}apiVersion: v3.1.0\nkind: DataContract\nid: ${flowYaml(`${wish.schema}.${id}`)}\nversion: 0.1.0\nstatus: draft\nservers:\n` +
    `  - { server: df, type: postgres, schema: ${flowYaml(wish.schema)} }\nschema:\n  - name: ${id}\n    properties:\n${properties.join("")}` +
    "    quality:\n      - { id: rows_present, metric: rowCount, mustBeGreaterThan: 0 }\n";
  const isRenamed = fields.some((field) => columnOf.get(field.name) !== field.name);
  const mapping = fields.map((field) => `  - ${flowYaml({ to: columnOf.get(field.name), from: field.name })}\n`).join("");
  const keys = wish.keys.flatMap((key) => columnOf.get(key) ?? []);
  const load = flowYaml({ mode: wish.mode, ...(wish.mode === "merge" ? { keys, only_changed: true } : {}) });
  const flow =
    `${head("flow")}flow: ${flowYaml(name)}\nsource: { ref: ${flowYaml(name)} }\ntarget: { ref: ${flowYaml(`${wish.schema}.${id}`)} }\n` +
    `${isRenamed ? `mapping:\n${mapping}` : ""}load: ${load}\non_reject: { fail_if: "> 1%", warn_if: "> 0" }\n`;
  return {
    entity: { file: `metadata/entities/${name}.odcs.yaml`, text: entity },
    flow: { file: `metadata/flows/${name}.flow.yaml`, text: flow },
  };
}

function propertyOf(field: SourceField, column: string, { keys, unique }: TargetWish) {
  const isKey = keys.includes(field.name);
  const physicalType = PHYSICAL_TYPES[field.type];
  return {
    name: column,
    ...(field.name === column ? {} : { businessName: field.name }),
    logicalType: LOGICAL_TYPES[field.type],
    ...(physicalType === undefined ? {} : { physicalType }),
    ...(isKey ? { primaryKey: true } : {}),
    ...(isKey || field.constraints.required ? { required: true } : {}),
    ...(unique.includes(field.name) && !isKey ? { unique: true } : {}),
  };
}
