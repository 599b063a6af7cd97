import { randomBytes } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import { manualInterval, runIdFor, runTypeOfRunId } from "@polyflow/lifecycle";
import type { Clock } from "@polyflow/service-kit";
import type { DagRecord, NewRun } from "@polyflow/store";
import type { Caller } from "../access/caller.ts";
import type { ParamsValidator } from "../params/params-validator.ts";
import type { TriggerBody } from "../rest/schemas/run-schemas.ts";

export interface TriggerFacts {
  readonly by: Pick<NewRun, "triggeredBy" | "triggeringUser">;
  readonly clock: Clock;
  readonly params: ParamsValidator;
}

/**
 * The run that somebody asks for. Without a logical date it has none, nor a data interval, and its id ends in random letters.
 * @throws PolyflowError `params_invalid`; `request_invalid` for an id that claims another kind of run.
 */
export function newManualRun(dag: DagRecord, body: TriggerBody, { by, clock, params }: TriggerFacts): NewRun {
  const conf = body.conf ?? {};
  params.check(dag.versionId, dag.spec, conf);
  const logicalDate = dateOf(body.logical_date);
  const runAfter = dateOf(body.run_after) ?? logicalDate ?? new Date(clock.now());
  const interval = logicalDate === null ? undefined : manualInterval(dag.spec.schedule, logicalDate);
  return {
    dagId: dag.dagId,
    runId: body.dag_run_id == null ? newRunId(logicalDate, runAfter) : checkedRunId(body.dag_run_id),
    runType: "manual",
    logicalDate,
    dataIntervalStart: dateOf(body.data_interval_start) ?? interval?.start ?? null,
    dataIntervalEnd: dateOf(body.data_interval_end) ?? interval?.end ?? null,
    runAfter,
    conf,
    note: body.note ?? null,
    ...by,
  };
}

/** Who asks by the REST API: the interface has a cookie, programs a token. */
export function triggeredByCaller({ credential, principal }: Caller): TriggerFacts["by"] {
  return {
    triggeredBy: credential?.kind === "cookie" ? "ui" : "rest_api",
    triggeringUser: credential === undefined ? null : principal.username,
  };
}

function newRunId(logicalDate: Date | null, runAfter: Date): string {
  return logicalDate === null ? runIdFor("manual", runAfter, randomBytes(4).toString("hex")) : runIdFor("manual", logicalDate);
}

/** The prefixes of other kinds belong to the scheduler: an id that it will want may not be taken beforehand. */
function checkedRunId(runId: string): string {
  const claimed = runTypeOfRunId(runId);
  if (claimed === undefined || claimed === "manual") return runId;
  throw new PolyflowError(
    "request_invalid",
    `body.dag_run_id: "${runId}" looks like a ${claimed} run. Choose an id without the prefix "${claimed}__".`,
  );
}

function dateOf(text: string | null | undefined): Date | null {
  return text == null ? null : new Date(text);
}
