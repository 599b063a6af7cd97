import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { FlowDefinition, SourceDefinition } from "@polyflow/metadata-model";
import type { Drift } from "./drift.ts";

/** Formats whose records name their own keys: where the contract tolerates differences, all are looked at before the first is loaded. */
const WITHOUT_HEADER: ReadonlySet<string> = new Set(["json", "ndjson", "xml"]);

/**
 * Opens a source as strictly as the contract of the flow wants it. A frozen contract lets the source's own `fieldsMatch` decide, and what
 * that refuses is noted as drift; every other policy opens whatever has some of the fields and leaves the rest to the planning of the columns.
 * @throws PolyflowError `source_unreadable`, with the differences in `drift` when the columns are not the described ones
 */
export async function openByContract<Opened>(
  source: SourceDefinition,
  flow: FlowDefinition,
  drift: Drift[],
  open: (source: SourceDefinition, options: { readonly wantsKeys: boolean }) => Promise<Opened>,
): Promise<Opened> {
  if (flow.contract.columns !== "freeze") {
    // a function that makes the records gives declared fields only
    const wantsKeys = WITHOUT_HEADER.has(source.format) && source.transform === undefined;
    return open({ ...source, fieldsMatch: "partial" }, { wantsKeys });
  }
  try {
    return await open(source, { wantsKeys: false });
  } catch (error) {
    throw noteRefusal(error, { source, flow, drift });
  }
}

/**
 * What a frozen contract has refused, be it a header or the key of a record in the middle of a file, becomes drift.
 * @returns the error to throw, with what can be done about it
 */
export function noteRefusal(
  error: unknown,
  { source, flow, drift }: { readonly source: SourceDefinition; readonly flow: FlowDefinition; readonly drift: Drift[] },
): unknown {
  if (!isPolyflowError(error, "source_unreadable") || error.message.includes(DRIFT_ADVICE)) return error;
  const missing = names(error.details["missing"]);
  const extra = names(error.details["extra"]);
  if (missing.length + extra.length === 0) return error;
  for (const column of extra) drift.push({ kind: "file_column_new", column, before: null, after: "text", action: "refused" });
  for (const column of missing) {
    const type = source.fields.find((field) => field.name === column)?.type ?? null;
    drift.push({ kind: "file_column_missing", column, before: type, after: null, action: "refused" });
  }
  return new PolyflowError(
    "source_unreadable",
    `${error.message} \`polyflow ${DRIFT_ADVICE} ${flow.name}\` takes the difference into the description; ` +
      "`contract: {columns: evolve}` in the flow takes new columns by itself.",
    { cause: error, details: error.details },
  );
}

/** Stands in the message of a refusal that has been noted. */
const DRIFT_ADVICE = "df drift accept --flow";

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
