import { proposeWord } from "./closest-word.ts";
import { databaseLimits } from "./database-limits.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import type {
  ColumnMapping,
  ContractPolicy,
  FlowContract,
  FlowDefinition,
  FlowSchedule,
  RejectThreshold,
  SystemValue,
} from "./flow-definition.ts";
import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";
import { readLoad } from "./read-load.ts";
import type { RawLoad } from "./read-load.ts";
import { FLOW_SCHEMA } from "./schemas/flow-schema.ts";
import { checkAgainstSchema } from "./schema-check.ts";
import type { SourceDefinition } from "./source-definition.ts";
import { type LocalText, localTexts } from "./translations.ts";
import { withoutUndefined } from "./without-undefined.ts";

interface RawMapping {
  readonly to: string;
  readonly from?: string;
  readonly const?: string | number | boolean | null;
  readonly system?: SystemValue;
}

interface RawFlow {
  readonly flow: string;
  readonly title?: LocalText;
  readonly description?: LocalText;
  readonly source: { readonly ref: string };
  readonly target: { readonly ref: string; readonly connection?: string };
  readonly mapping?: readonly RawMapping[];
  readonly load: RawLoad;
  readonly contract?: {
    readonly tables?: "freeze" | "evolve";
    readonly columns?: ContractPolicy;
    readonly data_type?: ContractPolicy;
  };
  readonly on_reject?: { readonly fail_if?: string; readonly warn_if?: string };
  readonly empty_source?: "fail" | "allow";
  readonly profile?: boolean;
  readonly schedule?: FlowSchedule;
}

/** What flows can refer to. */
export interface FlowReferences {
  readonly sources: ReadonlyMap<string, SourceDefinition>;
  readonly entities: ReadonlyMap<string, EntityDefinition>;
  /** Names that exist but whose files have problems of their own: not worth a second complaint. */
  readonly broken: ReadonlySet<string>;
}

/** The ids that a flow file uses, read before its references are checked. */
export function flowReferencesOf(
  document: MetadataDocument,
): { readonly flow: string; readonly source: string; readonly target: string } | undefined {
  if (!checkAgainstSchema(document, FLOW_SCHEMA)) return undefined;
  const raw = rawFlow(document);
  return { flow: raw.flow, source: raw.source.ref, target: raw.target.ref };
}

/** Turns a document that passed {@link flowReferencesOf} into a flow, checking its references; problems are left in the document. */
export function readFlowDocument(document: MetadataDocument, references: FlowReferences): FlowDefinition | undefined {
  const raw = rawFlow(document);
  const problemsBefore = document.problems.length;
  const source = references.sources.get(raw.source.ref);
  const entity = references.entities.get(raw.target.ref);
  if (source === undefined)
    reportMissing(document, { kind: "source", ref: raw.source.ref, known: [...references.sources.keys()] }, references);
  if (entity === undefined)
    reportMissing(document, { kind: "target", ref: raw.target.ref, known: [...references.entities.keys()] }, references);
  if (source === undefined || entity === undefined) return undefined;
  const mapping = raw.mapping === undefined ? sameNames(document, source, entity) : declaredMapping(document, raw.mapping, source, entity);
  // a wrong mapping would only be said again in other words
  if (document.problems.length > problemsBefore) return undefined;
  checkRequired(document, mapping, entity);
  const load = readLoad(raw.load, { document, entity, mapping });
  if (document.problems.length > problemsBefore) return undefined;
  const flow: FlowDefinition = withoutUndefined({
    name: raw.flow,
    ...localTexts(raw),
    source: source.name,
    target: entity.ref,
    connection: raw.target.connection ?? "df",
    mapping,
    ...load,
    contract: contractOf(raw.contract),
    failIf: thresholdOf(raw.on_reject?.fail_if),
    warnIf: thresholdOf(raw.on_reject?.warn_if),
    allowEmptySource: raw.empty_source === "allow",
    profile: raw.profile ?? false,
    schedule: raw.schedule,
    file: document.file,
  });
  for (const { path, message, proposal } of databaseLimits(entity.database ?? "postgres", { flow, entity }))
    document.report(path, { message, proposal });
  return document.problems.length > problemsBefore ? undefined : flow;
}

function contractOf(raw: RawFlow["contract"]): FlowContract {
  return { tables: raw?.tables ?? "evolve", columns: raw?.columns ?? "freeze", dataType: raw?.data_type ?? "quarantine" };
}

interface MissingReference {
  readonly kind: "source" | "target";
  readonly ref: string;
  readonly known: readonly string[];
}

function reportMissing(document: MetadataDocument, missing: MissingReference, references: FlowReferences): void {
  if (references.broken.has(missing.ref)) return;
  const [folder, word] = missing.kind === "source" ? ["sources", "a source"] : ["entities", "an entity"];
  document.report([missing.kind, "ref"], {
    message: `no file in metadata/${folder} describes ${word} "${missing.ref}"`,
    proposal: proposeWord(missing.ref, missing.known),
  });
}

function rawFlow(document: MetadataDocument): RawFlow {
  return document.value as RawFlow; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the schema has been checked
}

function sameNames(document: MetadataDocument, source: SourceDefinition, entity: EntityDefinition): ColumnMapping[] {
  const fields = new Set(source.fields.map((field) => field.name));
  const mapping: ColumnMapping[] = [];
  for (const column of entity.columns) {
    if (fields.has(column.name)) mapping.push({ kind: "field", column: column.column, field: column.name });
  }
  if (mapping.length === 0) document.report([], { message: "source and entity have no name in common", proposal: "write a `mapping`" });
  return mapping;
}

function declaredMapping(
  document: MetadataDocument,
  raws: readonly RawMapping[],
  source: SourceDefinition,
  entity: EntityDefinition,
): ColumnMapping[] {
  const mapping: ColumnMapping[] = [];
  for (const [index, raw] of raws.entries()) {
    const at = ["mapping", index];
    const column = entity.columns.find((candidate) => candidate.name === raw.to || candidate.column === raw.to);
    if (column === undefined) {
      const names = entity.columns.map((candidate) => candidate.name);
      document.report([...at, "to"], { message: `${entity.ref} has no property "${raw.to}"`, proposal: proposeWord(raw.to, names) });
      continue;
    }
    if (mapping.some((other) => other.column === column.column)) {
      document.report([...at, "to"], { message: `"${raw.to}" already gets a value above` });
    }
    const origin = originOf(document, raw, source, at);
    if (origin !== undefined) mapping.push({ column: column.column, ...origin });
  }
  return mapping;
}

type Origin =
  | { readonly kind: "field"; readonly field: string }
  | { readonly kind: "constant"; readonly value: string | null }
  | { readonly kind: "system"; readonly value: SystemValue };

function originOf(document: MetadataDocument, raw: RawMapping, source: SourceDefinition, at: DocumentPath): Origin | undefined {
  const given = [raw.from, raw.const, raw.system].filter((value) => value !== undefined).length;
  if (given !== 1) {
    document.report(at, { message: `"${raw.to}" needs exactly one of \`from\`, \`const\`, \`system\`` });
    return undefined;
  }
  if (raw.system !== undefined) return { kind: "system", value: raw.system };
  if (raw.from === undefined) return { kind: "constant", value: raw.const == null ? null : String(raw.const) };
  const names = source.fields.map((field) => field.name);
  if (names.includes(raw.from)) return { kind: "field", field: raw.from };
  document.report([...at, "from"], {
    message: `the source ${source.name} has no field "${raw.from}"`,
    proposal: proposeWord(raw.from, names),
  });
  return undefined;
}

function checkRequired(document: MetadataDocument, mapping: readonly ColumnMapping[], entity: EntityDefinition): void {
  for (const column of entity.columns) {
    if (!column.required || mapping.some((item) => item.column === column.column)) continue;
    document.report(["mapping"], {
      message: `the required column "${column.column}" of ${entity.ref} gets no value`,
      proposal: `add \`- {to: ${column.name}, from: …}\``,
    });
  }
}

function thresholdOf(text: string | undefined): RejectThreshold | undefined {
  if (text === undefined) return undefined;
  return {
    text,
    inclusive: text.includes("="),
    limit: Number(text.replaceAll(/[^\d.]/g, "")),
    unit: text.includes("%") ? "percent" : "rows",
  };
}
