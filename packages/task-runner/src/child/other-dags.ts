import type { FoundRuns, TriggeredRun } from "@polyflow/contracts/wire";
import type { OtherDags } from "@polyflow/sdk";
import { randomBytes } from "node:crypto";
import type { ParentChannel } from "./parent-channel.ts";

/** See `TaskContext.dags`. */
export function otherDagsOf(channel: ParentChannel, attemptId: string): OtherDags {
  return {
    async trigger(dagId, run = {}) {
      const { conf, logicalDate, note, whenExists } = run;
      const once = run.once === true && run.runId === undefined;
      // an id from here, so that a call whose answer is lost can be repeated
      const runId = run.runId ?? `manual__${(logicalDate ?? new Date()).toISOString()}_${randomBytes(4).toString("hex")}`;
      const request = {
        dagId,
        ...(once ? { once } : { runId }),
        ...(conf === undefined ? {} : { conf: { ...conf } }),
        ...(logicalDate === undefined ? {} : { logicalDate: logicalDate.toISOString() }),
        ...(note === undefined ? {} : { note }),
        ...(whenExists === undefined ? {} : { whenExists }),
      };
      return (await channel.request(attemptId, { method: "trigger_run", run: request })) as TriggeredRun;
    },
    async find(dagId, { runId, logicalDates, taskIds, groupId }) {
      const query = {
        dagId,
        ...(runId === undefined ? {} : { runId }),
        ...(logicalDates === undefined ? {} : { logicalDates: logicalDates.map((date) => date.toISOString()) }),
        ...(taskIds === undefined ? {} : { taskIds: [...taskIds] }),
        ...(groupId === undefined ? {} : { groupId }),
      };
      const found = (await channel.request(attemptId, { method: "find_runs", query })) as FoundRuns;
      return {
        ...found,
        runs: found.runs.map((run) => ({ ...run, logicalDate: run.logicalDate === null ? undefined : new Date(run.logicalDate) })),
      };
    },
  };
}
