import { PolyflowError, rejectReason } from "@polyflow/contracts";
import type { ContractPolicy, EntityColumn, EntityDefinition, SourceField } from "@polyflow/metadata-model";
import type { Extraction } from "../extract/extraction.ts";
import type { LoadSubject } from "../load-request.ts";
import { ensureTargetTable } from "../target/target-table.ts";
import type { TableAccess } from "../target/target-table.ts";
import { COLUMN_ACTIONS } from "./drift.ts";
import type { Drift } from "./drift.ts";
import { textField } from "./planned-column.ts";
import type { ColumnPlanning, PlannedColumn, UnwantedCell } from "./planned-column.ts";
import { widerTypes } from "./widen-type.ts";

const LONGEST_NAME = 63;

/**
 * Holds file and table against their description, does what the flow's contract says about differences, and tells what is to be loaded.
 * Differences are added to `drift` before a frozen contract refuses them, so that they can be kept.
 * @throws PolyflowError `contract_broken` when the contract is frozen and something differs
 */
export async function planColumns(
  tables: TableAccess,
  request: LoadSubject,
  extraction: Pick<Extraction, "header" | "columnOf">,
  drift: Drift[],
): Promise<ColumnPlanning> {
  const { flow, entity, source } = request;
  const policy = flow.contract.columns;
  const fresh = newFileColumns(request, extraction);
  const refused = fresh.length > 0 && policy === "freeze";
  for (const { name } of fresh)
    drift.push({ kind: "file_column_new", column: name, before: null, after: "text", action: COLUMN_ACTIONS[policy] });
  for (const field of source.fields.filter((candidate) => extraction.columnOf.get(candidate.name) === undefined)) {
    if (extraction.header === undefined || allowsMissing(request)) continue;
    const action = policy === "freeze" ? "refused" : "read_as_null";
    drift.push({ kind: "file_column_missing", column: field.name, before: field.type, after: null, action });
  }
  if (refused)
    throw refusal(
      request,
      fresh.map((column) => column.name),
    );
  const added = policy === "evolve" ? fresh.map(({ name }) => textColumn(name)) : [];
  const { absent } = await ensureTargetTable(tables, { flow, entity, added, drift });
  const fields = new Map<string, SourceField>(source.fields.map((field) => [field.name, field]));
  const columnOf = new Map(extraction.columnOf);
  if (policy === "evolve") {
    for (const { name, index } of fresh) {
      fields.set(name, textField(name, [""]));
      columnOf.set(name, index);
    }
  }
  const isAbsent = new Set(absent.map((column) => column.column));
  const mapped = plannedMapping(request, isAbsent);
  if (flow.contract.dataType === "evolve") useWidenedTypes(mapped, fields, await tables.columns(entity));
  return {
    columns: [...mapped, ...added.map((column) => plannedText(column))],
    unwanted: unwantedCells({ request, extraction, fresh, isAbsent }),
    fields,
    columnOf,
  };
}

interface FileColumn {
  readonly name: string;
  readonly index: number;
}

function newFileColumns({ source, entity, flow }: LoadSubject, { header }: Pick<Extraction, "header">): readonly FileColumn[] {
  if (header === undefined || source.fieldsMatch === "subset" || source.fieldsMatch === "partial") return [];
  const known = new Set(source.fields.map((field) => field.name));
  const columns = header.map((name, index) => ({ name, index })).filter(({ name }) => name !== "" && !known.has(name));
  if (flow.contract.columns === "evolve") for (const { name } of columns) refuseImpossible(name, entity);
  return columns;
}

/** A new column cannot become one of the table when its name is taken or too long. */
function refuseImpossible(name: string, entity: EntityDefinition): void {
  const taken = entity.columns.some((column) => column.column === name);
  if (!taken && Buffer.byteLength(name) <= LONGEST_NAME && !name.startsWith("_")) return;
  throw new PolyflowError(
    "contract_broken",
    `The file has the new column "${name}", which cannot be added to the table by itself: ${taken ? "the entity has a column of that name" : "the name is not possible"}. Describe it in the source and map it.`,
  );
}

function allowsMissing({ source }: LoadSubject): boolean {
  return source.fieldsMatch === "superset" || source.fieldsMatch === "partial";
}

/** What an earlier load has widened stays wide, although the entity does not know of it yet. */
function useWidenedTypes(columns: PlannedColumn[], fields: Map<string, SourceField>, present: ReadonlyMap<string, string>): void {
  for (const [index, { mapping, column }] of columns.entries()) {
    const field = mapping.kind === "field" ? fields.get(mapping.field) : undefined;
    if (field === undefined) continue;
    const wider = widerTypes(column, field).find((candidate) => candidate.column.physicalType === present.get(column.column));
    if (wider === undefined) continue;
    columns[index] = { mapping, column: wider.column };
    fields.set(field.name, wider.field);
  }
}

function plannedMapping({ flow, entity }: LoadSubject, isAbsent: ReadonlySet<string>): PlannedColumn[] {
  const columns = new Map(entity.columns.map((column) => [column.column, column]));
  return flow.mapping
    .filter((mapping) => !isAbsent.has(mapping.column))
    .map((mapping) => {
      const column = columns.get(mapping.column);
      if (column !== undefined) return { mapping, column };
      throw new PolyflowError("internal", `The mapping of flow "${flow.name}" names the unknown column "${mapping.column}".`);
    });
}

function textColumn(name: string): EntityColumn {
  return { name, column: name, logicalType: "string", physicalType: "text", required: false, unique: false };
}

function plannedText(column: EntityColumn): PlannedColumn {
  return { column, mapping: { kind: "field", column: column.column, field: column.name } };
}

function unwantedCells(context: {
  readonly request: LoadSubject;
  readonly extraction: Pick<Extraction, "columnOf">;
  readonly fresh: readonly FileColumn[];
  readonly isAbsent: ReadonlySet<string>;
}): readonly UnwantedCell[] {
  const { flow } = context.request;
  const policy: ContractPolicy = flow.contract.columns;
  if (policy !== "discard_row" && policy !== "quarantine") return [];
  const fromFile = context.fresh.map(({ name, index }) => ({ field: name, index, reason: rejectReason("undeclared_column"), policy }));
  const withoutColumn = flow.mapping.flatMap((mapping) => {
    const index = mapping.kind === "field" ? context.extraction.columnOf.get(mapping.field) : undefined;
    if (mapping.kind !== "field" || index === undefined || !context.isAbsent.has(mapping.column)) return [];
    return [{ field: mapping.field, index, reason: rejectReason("no_target_column", { column: mapping.column }), policy }];
  });
  return [...fromFile, ...withoutColumn];
}

function refusal({ source, flow }: LoadSubject, names: readonly string[]): PolyflowError {
  return new PolyflowError(
    "contract_broken",
    `The file of source "${source.name}" has ${names.map((name) => `"${name}"`).join(", ")}, which ${source.file} does not describe. ` +
      `\`polyflow df drift accept --flow ${flow.name}\` takes it into the description; \`contract: {columns: evolve}\` in the flow takes new columns by itself.`,
  );
}
