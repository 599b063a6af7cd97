import { readRejectReason } from "@polyflow/contracts";
import type { UiDataDrift, UiDataEntity, UiDataFlow, UiDataLoad, UiDataRejects } from "@polyflow/contracts/wire";
import type { DriftRecord, LoadRecord, RejectRecord, RuleRecord } from "@polyflow/loader";
import type { EntityDefinition, FlowDefinition, QualityRule } from "@polyflow/metadata-model";
import { translationsView } from "./translations-view.ts";

/** Records of loader and metadata in the words of the interface. */

export function loadView(load: LoadRecord): UiDataLoad {
  const { read, loaded, rejected, inserted, updated, unchanged, deleted, target } = load.rows;
  return {
    load_id: load.loadId,
    flow: load.flow,
    status: load.status,
    mode: load.mode,
    file: load.file,
    bytes: load.bytes,
    read,
    loaded,
    rejected,
    inserted,
    updated,
    unchanged,
    deleted,
    target,
    error: load.error,
    finished_at: load.finishedAt,
    duration_ms: load.durationMs,
  };
}

export function flowView(project: string, flow: FlowDefinition): UiDataFlow {
  return {
    project,
    name: flow.name,
    title: flow.title ?? null,
    description: flow.description ?? null,
    translations: translationsView(flow.translations),
    source: flow.source,
    target: flow.target,
    mode: flow.mode,
    strategy: flow.strategy,
    keys: [...flow.keys],
    schedule: flow.schedule?.cron ?? null,
  };
}

export function entityFacts(project: string, entity: EntityDefinition, flows: readonly FlowDefinition[]) {
  return {
    project,
    ref: entity.ref,
    title: entity.title ?? null,
    description: entity.description ?? null,
    translations: translationsView(entity.translations),
    owner: entity.owner ?? null,
    tags: [...entity.tags],
    schema: entity.schema,
    table: entity.table,
    flows: flows.map((flow) => flow.name),
  };
}

const WORST = ["failed", "warned", "passed"] as const;

/** The worst result of the load that measured last. */
export function qualityOf(results: readonly RuleRecord[]): "passed" | "warned" | "failed" | null {
  const last = results[0]?.loadId;
  const states = new Set(results.filter((result) => result.loadId === last).map((result) => result.status));
  return WORST.find((status) => states.has(status)) ?? null;
}

export function ruleView(rule: QualityRule, results: readonly RuleRecord[]): UiDataEntity["rules"][number] {
  return {
    name: rule.name,
    metric: rule.metric,
    column: rule.column ?? null,
    severity: rule.severity,
    description: rule.description ?? null,
    translations: translationsView(rule.translations),
    results: results
      .filter((result) => result.name === rule.name)
      .map(({ at, loadId, status, expected, actual, unit }) => ({ at, load_id: loadId, status, expected, actual, unit })),
  };
}

export function rejectView(reject: RejectRecord): UiDataRejects["rejects"][number] {
  const { rejectId, loadId, flow, file, row, column, value, reason, state, at, record, fixedRecord } = reject;
  const shown = fixedRecord ?? (typeof record === "string" ? null : record);
  const { code = null, values = {} } = readRejectReason(reason) ?? {};
  return {
    reject_id: rejectId,
    load_id: loadId,
    flow,
    file,
    row,
    column,
    value,
    reason,
    reason_code: code,
    reason_values: values,
    state,
    at,
    record: shown && { ...shown },
  };
}

export function driftView(drift: DriftRecord): UiDataDrift["drift"][number] {
  const { driftId, flow, target, source, kind, column, before, after, action, state, times, lastFoundAt } = drift;
  return { drift_id: driftId, flow, target, source, kind, column, before, after, action, state, times, last_found_at: lastFoundAt };
}
