import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Document, YAMLMap, YAMLSeq } from "yaml";
import type { LogicalType } from "./entity-definition.ts";
import { formatProblem } from "./problem.ts";
import { checkProject } from "./project.ts";
import type { ResolvedFlow } from "./project.ts";
import type { FieldType } from "./source-definition.ts";

/** A change of what is described, after a difference has been accepted. */
export type MetadataEdit =
  /** The file has a column more: field, property and mapping of a text are added. */
  | { readonly kind: "add_column"; readonly column: string }
  /** The file has a column less: its field and what is mapped from it are removed. */
  | { readonly kind: "remove_field"; readonly column: string }
  /** A column of the entity has another type. */
  | {
      readonly kind: "change_type";
      readonly column: string;
      readonly physicalType: string;
      readonly logicalType: LogicalType;
      readonly fieldType: FieldType;
    };

/** Files that were changed, to be put back if what goes with them fails. */
export interface EditedMetadata {
  /** Relative to the project. */
  readonly files: readonly string[];
  restore(): Promise<void>;
}

/**
 * Changes the YAML of a flow, its source and its entity, keeping comments and form, and checks that the project is still sound.
 * @throws PolyflowError `metadata_invalid`, with the files as they were, when it would not be
 */
export async function editMetadata(
  projectDir: string,
  { flow, source, entity }: ResolvedFlow,
  edit: MetadataEdit,
): Promise<EditedMetadata> {
  const before = new Map<string, string>();
  for (const file of [source.file, entity.file, flow.file]) before.set(file, await readFile(join(projectDir, file), "utf8"));
  const restore = async (): Promise<void> => {
    for (const [file, text] of before) await writeFile(join(projectDir, file), text);
  };
  const documents = new Map([...before].map(([file, text]) => [file, parseDocument(text)] as const));
  const at = (file: string): Document => {
    const document = documents.get(file);
    if (document === undefined) throw new PolyflowError("internal", `The file ${file} was not read.`);
    return document;
  };
  const unedited = new Map([...documents].map(([file, document]) => [file, textOf(document)] as const));
  const parts = { source: at(source.file), entity: at(entity.file), flow: at(flow.file) };
  applyEdit(parts, edit, { flow, source, entity });
  const changed: string[] = [];
  for (const [file, document] of documents) {
    const text = textOf(document);
    if (text === unedited.get(file)) continue;
    await writeFile(join(projectDir, file), text);
    changed.push(file);
  }
  const { problems } = await checkProject(projectDir);
  const concerned = problems.filter((problem) => before.has(problem.file));
  if (concerned.length > 0) {
    await restore();
    throw new PolyflowError("metadata_invalid", `The description would not be right any more:\n${concerned.map(formatProblem).join("\n")}`);
  }
  return { files: changed, restore };
}

function textOf(document: Document): string {
  return document.toString({ lineWidth: 140 });
}

interface Documents {
  readonly source: Document;
  readonly entity: Document;
  readonly flow: Document;
}

function applyEdit(documents: Documents, edit: MetadataEdit, { flow, entity }: ResolvedFlow): void {
  const fields = listAt(documents.source, ["schema", "fields"]);
  const properties = propertiesOf(documents.entity, entity.table);
  const mapping = documents.flow.get("mapping");
  switch (edit.kind) {
    case "add_column": {
      fields.add(documents.source.createNode({ name: edit.column }));
      properties.add(documents.entity.createNode({ name: edit.column, logicalType: "string" }));
      if (isSeq(mapping)) mapping.add(documents.flow.createNode({ to: edit.column, from: edit.column }));
      return;
    }
    case "remove_field": {
      removeFrom(fields, "name", edit.column);
      if (isSeq(mapping)) removeFrom(mapping, "from", edit.column);
      return;
    }
    case "change_type":
      changeType({ fields, properties }, edit, { flow, entity });
  }
}

/** What a field says of its spelling means nothing once it is taken as text. */
const SPELLING_KEYS = ["format", "decimalChar", "groupChar", "trueValues", "falseValues", "constraints"];

function changeType(
  lists: { readonly fields: YAMLSeq; readonly properties: YAMLSeq },
  edit: Extract<MetadataEdit, { kind: "change_type" }>,
  { flow, entity }: Pick<ResolvedFlow, "flow" | "entity">,
): void {
  const property = entity.columns.find((column) => column.column === edit.column);
  const described = itemOf(lists.properties, "name", property?.name ?? edit.column);
  described?.set("physicalType", edit.physicalType);
  described?.set("logicalType", edit.logicalType);
  if (edit.logicalType === "string") described?.delete("logicalTypeOptions");
  const mapped = flow.mapping.find((item) => item.column === edit.column);
  if (mapped?.kind !== "field") return;
  const field = itemOf(lists.fields, "name", mapped.field);
  field?.set("type", edit.fieldType);
  if (edit.fieldType === "string") for (const key of SPELLING_KEYS) field?.delete(key);
}

function propertiesOf(document: Document, table: string): YAMLSeq {
  const objects = listAt(document, ["schema"]);
  const named = objects.items.filter(isMap);
  const object = named.find((item) => (item.get("physicalName") ?? item.get("name")) === table) ?? named[0];
  const properties: unknown = object?.get("properties");
  if (isSeq(properties)) return properties;
  throw new PolyflowError("metadata_invalid", "The entity has no list of properties.");
}

function listAt(document: Document, path: readonly string[]): YAMLSeq {
  const found: unknown = document.getIn(path);
  if (isSeq(found)) return found;
  throw new PolyflowError("metadata_invalid", `The YAML has no list \`${path.join(".")}\`.`);
}

function itemOf(list: YAMLSeq, key: string, value: string): YAMLMap | undefined {
  return list.items.filter(isMap).find((item) => item.get(key) === value);
}

function removeFrom(list: YAMLSeq, key: string, value: string): void {
  list.items = list.items.filter((item) => {
    if (!isMap(item)) return true;
    const found: unknown = item.get(key, true);
    return !(isScalar(found) && found.value === value);
  });
}
