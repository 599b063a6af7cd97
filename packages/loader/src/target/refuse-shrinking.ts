import { PolyflowError } from "@polyflow/contracts";
import type { FlowDefinition } from "@polyflow/metadata-model";

/**
 * Refuses a replace that would leave far fewer rows. An empty source is asked about elsewhere; this is about one that has lost most of its
 * records.
 * @throws PolyflowError `load_shrinks_target`
 */
export function refuseShrunkReplace(flow: FlowDefinition, rows: { readonly deleted: number; readonly inserted: number }): void {
  const { deleted, inserted } = rows;
  if (flow.mode !== "replace" || deleted === 0 || (inserted === 0 && flow.allowEmptySource)) return;
  const percent = (1 - inserted / deleted) * 100;
  if (percent <= flow.maxShrinkPercent) return;
  throw new PolyflowError(
    "load_shrinks_target",
    `The table has ${deleted} rows, and ${inserted} would take their place: ${percent.toFixed(1)} % fewer, where the flow allows ${flow.maxShrinkPercent} %. ` +
      "Is the source complete? If it is, write `load: {max_shrink: 100%}` in the flow, or another share. The target is unchanged.",
  );
}

/**
 * Refuses a snapshot that lacks too many of the rows that there were.
 * @throws PolyflowError `load_shrinks_target`
 */
export function refuseMissingRows(flow: FlowDefinition, rows: { readonly missing: number; readonly before: number }): void {
  const { missing, before } = rows;
  const percent = before === 0 ? 0 : (missing / before) * 100;
  if (flow.missingRows === undefined || percent <= flow.missingRows.maxPercent) return;
  throw new PolyflowError(
    "load_shrinks_target",
    `${missing} of ${before} rows (${percent.toFixed(1)} %) are missing in the source; the flow deletes at most ${flow.missingRows.maxPercent} %. ` +
      "Is the source complete? If it is, raise `load.delete_missing.max` in the flow. The target is unchanged.",
  );
}

/** Conditions on the alias `t` that are true for rows that a snapshot can miss. */
export function liveRows(flow: FlowDefinition, names: { readonly validTo: string; readonly deletedAt: string }): readonly string[] {
  if (flow.strategy === "scd2") return [`t.${names.validTo} is null`];
  return flow.missingRows?.action === "mark" ? [`t.${names.deletedAt} is null`] : [];
}
