import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { FlowDefinition, SourceDefinition } from "@polyflow/metadata-model";
import type { Drift } from "./drift.ts";

/** Formats whose records name their own keys: there is no header to hold a contract against. */
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
  open: (source: SourceDefinition) => Promise<Opened>,
): Promise<Opened> {
  const policy = flow.contract.columns;
  const isTolerant = policy !== "freeze" && (policy === "discard_value" || !WITHOUT_HEADER.has(source.format));
  if (isTolerant) return open({ ...source, fieldsMatch: "partial" });
  try {
    return await open(source);
  } catch (error) {
    if (!isPolyflowError(error, "source_unreadable")) throw error;
    const missing = names(error.details["missing"]);
    const extra = names(error.details["extra"]);
    if (missing.length + extra.length === 0) throw error;
    for (const column of extra) drift.push({ kind: "file_column_new", column, before: null, after: "text", action: "refused" });
    for (const column of missing) {
      const type = source.fields.find((field) => field.name === column)?.type ?? null;
      drift.push({ kind: "file_column_missing", column, before: type, after: null, action: "refused" });
    }
    throw new PolyflowError(
      "source_unreadable",
      `${error.message} \`polyflow df drift accept --flow ${flow.name}\` takes the difference into the description; ` +
        "`contract: {columns: evolve}` in the flow takes new columns by itself.",
      { cause: error, details: error.details },
    );
  }
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
