import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { headerNames } from "./header-names.ts";

/**
 * For each declared field the index of its column in the file, or undefined when the file may lack it and does.
 * @param header names in the file, in order; undefined when the file has no header
 * @throws PolyflowError `source_unreadable` naming every column that is missing or too many
 */
export function matchFields(source: SourceDefinition, header: readonly string[] | undefined): ReadonlyMap<string, number | undefined> {
  const names = source.fields.map((field) => field.name);
  if (header === undefined) return new Map(names.map((name, index) => [name, index]));
  const columns = headerNames(header);
  refuseTwins(source, { header, columns, names });
  const missing = names.filter((name) => !columns.includes(name));
  const extra = columns.filter((name) => !names.includes(name));
  const complaints = complaintsOf(source, { header: columns, names, missing, extra });
  if (complaints.length > 0) throw mismatch(source, columns, complaints, { missing, extra });
  return new Map(
    names.map((name) => {
      const index = columns.indexOf(name);
      return [name, index < 0 ? undefined : index];
    }),
  );
}

/** A name that occurs twice must be declared twice: `Сумма` and `Сумма_2`. */
function refuseTwins(
  source: SourceDefinition,
  {
    header,
    columns,
    names,
  }: { readonly header: readonly string[]; readonly columns: readonly string[]; readonly names: readonly string[] },
): void {
  const undeclared = columns.filter(
    (name, index) => name !== header[index] && names.includes(header[index] ?? "") && !names.includes(name),
  );
  if (undeclared.length === 0) return;
  const twins = undeclared.map((name) => header[columns.indexOf(name)] ?? "");
  throw mismatch(source, header, [
    `the header names ${quoted([...new Set(twins)])} twice; declare the later ones as ${quoted(undeclared)}`,
  ]);
}

interface Comparison {
  readonly header: readonly string[];
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

function complaintsOf(source: SourceDefinition, comparison: Comparison): readonly string[] {
  const { header, names, missing, extra } = comparison;
  const complaints: string[] = [];
  const match = source.fieldsMatch;
  if (missing.length > 0 && match !== "superset" && match !== "partial") complaints.push(`the column ${quoted(missing)} is missing`);
  if (extra.length > 0 && match !== "subset" && match !== "partial") complaints.push(`the column ${quoted(extra)} is not declared`);
  if (complaints.length === 0 && match === "exact" && names.some((name, index) => header[index] !== name)) {
    complaints.push("the columns stand in another order than the fields (`fieldsMatch: [equal]` allows any order)");
  }
  if (match === "partial" && missing.length === names.length) complaints.push("no column has the name of a declared field");
  return complaints;
}

function mismatch(
  source: SourceDefinition,
  header: readonly string[],
  complaints: readonly string[],
  difference: { readonly missing?: readonly string[]; readonly extra?: readonly string[] } = {},
): PolyflowError {
  return new PolyflowError(
    "source_unreadable",
    `The file of source "${source.name}" does not fit its fields (fieldsMatch: ${source.fieldsMatch}): ${complaints.join("; ")}. The file has ${quoted(header)}.`,
    { details: difference },
  );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 30).map((name) => `"${name}"`);
  return shown.join(", ") + (names.length > 30 ? `, and ${names.length - 30} more` : "");
}
