import type { RuleResult } from "@polyflow/contracts";
import type { EntityColumn } from "@polyflow/metadata-model";
import type { Client } from "pg";
import { planColumns } from "./contract/plan-columns.ts";
import type { Drift } from "./contract/drift.ts";
import { planTypedStage } from "./cast/typed-stage.ts";
import type { TypedStage } from "./cast/typed-stage.ts";
import type { ColumnPlanning } from "./contract/planned-column.ts";
import { NO_FACTS } from "./extract/lexical-facts.ts";
import { neverEmpty, SegmentCaster } from "./segment-caster.ts";
import type { CastSegment } from "./segment-caster.ts";
import type { Extraction } from "./extract/extraction.ts";
import type { LoadRequest } from "./load-request.ts";
import type { PhaseTimer } from "./phase-timer.ts";
import { refuseEmpty, refuseFailedRules, refuseRejects } from "./load-refusals.ts";
import { readAhead } from "./read-ahead.ts";
import type { Staging } from "./staging.ts";
import { checkRules } from "./quality/check-rules.ts";
import type { CheckedRules } from "./quality/check-rules.ts";
import { projectCallables } from "./quality/rule-callables.ts";
import { profileTable } from "./target/profile-table.ts";
import type { ColumnProfile } from "./target/profile-table.ts";
import { NO_ROWS } from "./target/row-counts.ts";
import type { RowCounts } from "./target/row-counts.ts";
import type { CursorPosition, LoadWindow } from "./target/load-window.ts";
import { postgresTables } from "./target/target-table.ts";
import { createWriter } from "./target/target-writer.ts";

const COPY_WHERE_SINCE = 120000;

/** What the work on the data came to; grows while the work goes on, so that a failure leaves what is known. */
export interface DataProgress {
  readonly segments: CastSegment[];
  /** Differences from the contract that were met. */
  readonly drift: Drift[];
  rows: RowCounts;
  read: number;
  rejected: number;
  /** Left out by filters; those that lost against another one of their key are in `rows`. */
  filtered: number;
  target: number;
  rules: readonly RuleResult[];
  samples: CheckedRules["samples"];
  profiles: ReadonlyMap<string, ColumnProfile>;
  /** Where the cursor stood and where it goes. */
  cursor?: { readonly position: CursorPosition; readonly greatest: string | null };
}

export function noProgress(): DataProgress {
  return {
    segments: [],
    drift: [],
    rows: NO_ROWS,
    read: 0,
    rejected: 0,
    filtered: 0,
    target: 0,
    rules: [],
    samples: [],
    profiles: new Map(),
  };
}

export interface DataWork {
  readonly request: LoadRequest;
  readonly client: Client;
  readonly extraction: Extraction;
  readonly staging: Staging;
  /** Function that tells whether a text is valid input of a type. */
  readonly inputIsValid: string;
  readonly serverVersion: number;
  readonly window: LoadWindow;
  readonly systemSchema: string;
  readonly file: string;
  readonly timer: PhaseTimer;
  readonly progress: DataProgress;
}

/**
 * Reads, casts, writes and judges: everything that must happen entirely or not at all.
 * @throws PolyflowError when the target must stay as it was: `source_empty`, `load_rejects_over_limit`, `quality_rule_failed`
 */
export async function writeData(work: DataWork): Promise<void> {
  const { request, client, progress, timer, window } = work;
  const { flow, entity } = request;
  const planning = await planColumns(postgresTables(client), request, work.extraction, progress.drift);
  const writer = createWriter({
    client,
    flow,
    entity,
    columns: planning.columns.map((planned) => planned.column),
    loadId: request.loadId,
    serverVersion: work.serverVersion,
    within: window.within,
    mayMeetAgain: request.interval !== undefined || (window.position?.before ?? null) !== null,
  });
  await writer.begin();
  const { position, filters } = window;
  const typed = typedStage(work, planning);
  work.staging.expect(typed);
  const caster = new SegmentCaster(
    { ...work, planning, typed, filters, drift: progress.drift, ...(position === undefined ? {} : { position }) },
    writer,
  );
  await timer.measure("read and cast", async () => {
    for await (const segment of readAhead(work.extraction.segments(work.staging))) {
      const cast = await caster.cast(segment);
      progress.segments.push(cast);
      progress.read += segment.records + segment.diverted.length;
      progress.rejected += cast.bad + segment.diverted.length;
      progress.filtered += cast.filtered;
      await request.onPoint?.("segment_cast");
    }
  });
  await request.onPoint?.("all_cast");
  refuseEmpty(request, progress);
  refuseRejects(flow.failIf, progress);
  progress.rows = await timer.measure("write", () => writer.finish());
  await request.onPoint?.("written");
  if (position !== undefined) progress.cursor = { position, greatest: caster.greatest };
  const checked = await timer.measure("rules", () =>
    checkRules({
      client,
      entity,
      flow: flow.name,
      systemSchema: work.systemSchema,
      loadId: request.loadId,
      loaded: progress.rows.loaded,
      callables: projectCallables(request.projectDir),
    }),
  );
  progress.rules = checked.rules;
  progress.samples = checked.samples;
  progress.target = checked.rowCount;
  await request.onPoint?.("judged");
  refuseFailedRules(checked.rules);
  progress.profiles = await timer.measure("profile", () => profileTable(client, entity, profiledColumns(request)));
}

/** COPY cannot choose its records before 12; types that grow while the file is read cannot be told beforehand. */
function typedStage(work: DataWork, planning: ColumnPlanning): TypedStage | undefined {
  const { request, extraction, serverVersion, file } = work;
  const { flow, loadId } = request;
  const isSettled = flow.contract.dataType !== "evolve";
  if (!extraction.gathersFacts || !isSettled || serverVersion < COPY_WHERE_SINCE) return undefined;
  return planTypedStage(planning, {
    facts: NO_FACTS,
    columnOf: planning.columnOf,
    columnCount: extraction.columnCount,
    fields: planning.fields,
    keys: neverEmpty(flow),
    inputIsValid: undefined,
    loadId,
    file,
    dataType: flow.contract.dataType,
  });
}

/** All columns where the flow asks for it; those of distribution rules always, since the next load compares with them. */
function profiledColumns({ flow, entity }: LoadRequest): readonly EntityColumn[] {
  const compared = new Set(entity.rules.filter((rule) => rule.metric === "distribution").map((rule) => rule.column));
  return entity.columns.filter((column) => flow.profile || compared.has(column.column));
}
