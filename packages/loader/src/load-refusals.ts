import { PolyflowError } from "@polyflow/contracts";
import type { RuleResult } from "@polyflow/contracts";
import type { RejectThreshold } from "@polyflow/metadata-model";
import type { LoadSubject } from "./load-request.ts";

/** Records of a load so far. */
interface CountedRecords {
  readonly read: number;
  readonly rejected: number;
}

export function refuseEmpty(request: LoadSubject, progress: CountedRecords): void {
  if (progress.read > 0 || request.flow.allowEmptySource) return;
  throw new PolyflowError(
    "source_empty",
    `The file of source "${request.source.name}" has no records, and the flow "${request.flow.name}" does not expect that. ` +
      "Check what writes the file, or write `empty_source: allow` in the flow.",
  );
}

/** True when the share or number of rejected records is beyond the threshold. */
export function exceeds(threshold: RejectThreshold, progress: CountedRecords): boolean {
  const measured = threshold.unit === "rows" ? progress.rejected : progress.read === 0 ? 0 : (progress.rejected / progress.read) * 100;
  return threshold.inclusive ? measured >= threshold.limit : measured > threshold.limit;
}

export function refuseRejects(threshold: RejectThreshold | undefined, progress: CountedRecords): void {
  if (threshold === undefined || !exceeds(threshold, progress)) return;
  const percent = progress.read === 0 ? 0 : (progress.rejected / progress.read) * 100;
  throw new PolyflowError(
    "load_rejects_over_limit",
    `${progress.rejected} of ${progress.read} records (${percent.toFixed(2)} %) were rejected; the flow fails at ${threshold.text}. ` +
      "The rejects say which cells and why; the target is unchanged.",
  );
}

export function refuseFailedRules(rules: readonly RuleResult[]): void {
  const failed = rules.filter((rule) => rule.status === "failed");
  if (failed.length === 0) return;
  const list = failed.map((rule) => `${rule.name} (must be ${rule.expected}, is ${rule.actual}${rule.unit === "percent" ? " %" : ""})`);
  throw new PolyflowError(
    "quality_rule_failed",
    `${list.length === 1 ? "A quality rule" : `${list.length} quality rules`} of severity error failed: ${list.join("; ")}. The target is unchanged.`,
  );
}
