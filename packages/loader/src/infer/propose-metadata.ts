import type { DetectedFile } from "./detect-file.ts";
import type { ColumnProfile } from "./column-profile.ts";
import type { ProfiledRecords } from "./profile-records.ts";
import type { FieldProposal } from "./propose-field.ts";
import { comment, flowYaml, scalarYaml } from "./yaml-text.ts";
import type { YamlValue } from "./yaml-text.ts";

/** Three files that a project could take as they are. */
export interface ProposedMetadata {
  readonly name: string;
  readonly source: ProposedFile;
  readonly entity: ProposedFile;
  readonly flow: ProposedFile;
  readonly fields: readonly FieldProposal[];
  /** Column of the entity that is its key; undefined when none is sure. */
  readonly key: string | undefined;
}

export interface ProposedFile {
  /** Relative to the project. */
  readonly file: string;
  readonly text: string;
}

export interface ProposedColumn {
  /** Name of the target's column. */
  readonly column: string;
  readonly profile: ColumnProfile;
  readonly field: FieldProposal;
  /** Place in the record, where it is not the name. */
  readonly path?: string;
}

interface ProposalContext {
  readonly name: string;
  readonly path: string;
  readonly schema: string;
  readonly detected: DetectedFile;
  readonly proposals: readonly ProposedColumn[];
  readonly profiled: ProfiledRecords;
}

/** Writes the proposal as YAML, each decision with its reason beside it. */
export function proposeMetadata(context: ProposalContext): ProposedMetadata {
  const { name, proposals } = context;
  const key = proposeKey(proposals, context.profiled);
  return {
    name,
    source: { file: `metadata/sources/${name}.yaml`, text: sourceYaml(context) },
    entity: { file: `metadata/entities/${name}.odcs.yaml`, text: entityYaml(context, key) },
    flow: { file: `metadata/flows/${name}.flow.yaml`, text: flowFileYaml(context, key) },
    fields: proposals.map((proposal) => proposal.field),
    key: key.column,
  };
}

interface ProposedKey {
  readonly column: string | undefined;
  readonly note: string;
}

const KEY_NAME = /(^|[_\s.@-])(id|guid|uuid|code|key|no|num|number)$|номер|код|(^|[_\s])ид$/iu;

/** A column whose values are all there and all different, and that is named like a key. */
function proposeKey(proposals: readonly ProposedColumn[], profiled: ProfiledRecords): ProposedKey {
  const unique = proposals.filter(
    ({ profile, field }) =>
      profile.isUnique === true && profile.values === profiled.read && (field.type === "string" || field.type === "integer"),
  );
  const named = unique.filter(({ profile }) => KEY_NAME.test(profile.name));
  const [chosen] = named;
  if (chosen !== undefined && profiled.read > 1) {
    const others = unique.filter((other) => other !== chosen).map((other) => other.column);
    const also = others.length === 0 ? "" : `; so are those of ${others.slice(0, 5).join(", ")}`;
    return { column: chosen.column, note: `CHECK: its values are all there and all different${also}` };
  }
  const note =
    unique.length === 0
      ? "no column has a different value in every record"
      : `different in every record, but not named like a key: ${unique
          .slice(0, 5)
          .map((other) => other.column)
          .join(", ")}`;
  return { column: undefined, note };
}

function heading(context: ProposalContext, schema: string): string {
  const { read, isWhole } = context.profiled;
  const seen = isWhole ? `all ${read} records` : `the first ${read} records`;
  return (
    `# yaml-language-server: $schema=../schemas/${schema}.schema.json\n` +
    `# Proposed from ${seen} of ${context.path}. Read it before you use it: each decision has its reason beside it.\n`
  );
}

function sourceYaml(context: ProposalContext): string {
  const { name, path, detected, proposals } = context;
  const { format, encoding, compression, innerpath, dialect } = detected;
  const lines = [`name: ${scalarYaml(name)}`, `path: ${scalarYaml(path)}`, `format: ${format}`];
  if (encoding !== undefined) lines.push(`encoding: ${encoding}`);
  if (compression !== undefined) lines.push(`compression: ${compression}`);
  if (innerpath !== undefined) lines.push(`innerpath: ${scalarYaml(innerpath)}`);
  const dialectKeys: { readonly [key: string]: YamlValue | undefined } = { ...dialect };
  if (Object.keys(dialectKeys).length > 0) lines.push(`dialect: ${flowYaml(dialectKeys)}`);
  const fields = proposals.map(({ field, path: place }) => {
    const { name: fieldName, type, format: spelling, decimalChar, groupChar, trueValues, falseValues, missingValues, notes } = field;
    const keys = { name: fieldName, path: place, type, format: spelling, decimalChar, groupChar, trueValues, falseValues, missingValues };
    return `    - ${flowYaml(keys)}${comment(notes)}`;
  });
  const notes = detected.notes.map((note) => `#   ${note}\n`).join("");
  return `${heading(context, "source")}${notes}${lines.join("\n")}\nschema:\n  fields:\n${fields.join("\n")}\n`;
}

/** What the types of fields are called in an entity. */
export const LOGICAL_TYPES: { readonly [type in FieldProposal["type"]]: string } = {
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  date: "date",
  datetime: "timestamp",
  time: "time",
  object: "object",
  array: "array",
  any: "string",
};

function entityYaml(context: ProposalContext, key: ProposedKey): string {
  const { name, schema, proposals, profiled } = context;
  const properties = proposals.map(({ column, field, profile }) => {
    const isKey = column === key.column;
    const keys = {
      name: column,
      ...(field.name === column ? {} : { businessName: field.name }),
      logicalType: LOGICAL_TYPES[field.type],
      physicalType: field.physicalType,
      ...(isKey ? { primaryKey: true, required: true } : {}),
    };
    const missing = profiled.read - profile.values;
    const seen = missing === 0 ? [] : [`no value in ${missing} of ${profiled.read}`];
    return `      - ${flowYaml(keys)}${comment(isKey ? [key.note, ...seen] : seen)}`;
  });
  return (
    `${heading(context, "entity")}apiVersion: v3.1.0\nkind: DataContract\nid: ${schema}.${name}\nversion: 0.1.0\nstatus: draft\nservers:\n` +
    `  - { server: df, type: postgres, schema: ${schema} }\nschema:\n  - name: ${name}\n    properties:\n${properties.join("\n")}\n` +
    "    quality:\n      - { id: rows_present, metric: rowCount, mustBeGreaterThan: 0 }\n"
  );
}

function flowFileYaml(context: ProposalContext, key: ProposedKey): string {
  const { name, schema, proposals } = context;
  const isRenamed = proposals.some(({ column, field }) => column !== field.name);
  const mapping = isRenamed
    ? `mapping:\n${proposals.map(({ column, field }) => `  - ${flowYaml({ to: column, from: field.name })}`).join("\n")}\n`
    : "";
  const load =
    key.column === undefined
      ? `load: { mode: replace } # ${key.note}; with a key, \`{ mode: merge, keys: [...] }\` writes only what changed`
      : `load: { mode: merge, keys: [${key.column}], only_changed: true }`;
  return `${heading(context, "flow")}flow: ${name}\nsource: { ref: ${name} }\ntarget: { ref: ${schema}.${name} }\n${mapping}${load}\non_reject: { fail_if: "> 1%", warn_if: "> 0" }\n`;
}
