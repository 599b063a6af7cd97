import { answerOf } from "@polyflow/api-client";
import { REPROCESS_BEHAVIORS } from "@polyflow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type CommandHost, does, group, instant, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import type { Row } from "../cli/output.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";
import { parseConf } from "./parse-conf.ts";

/** `polyflow backfill …` */
export function backfillCommand(host: CommandHost): Command {
  const backfill = group("backfill", "run a DAG for dates of the past");
  const add = (name: string, description: string): Command => withServer(withOutput(backfill.command(name).description(description)));
  does(
    host,
    add("create <dag_id>", "make the runs of a range of dates")
      .requiredOption("--from-date <instant>", "first date (ISO 8601)", instant)
      .requiredOption("--to-date <instant>", "last date, inclusive", instant)
      .addOption(
        new Option("--reprocess-behavior <which>", "which dates that have a run already are run again")
          .choices(REPROCESS_BEHAVIORS)
          .default("none"),
      )
      .option("--max-active-runs <count>", "how many of its runs may be under way at once", wholeNumber, 10)
      .option("--run-backwards", "the newest date first")
      .option("--keep-version", "runs that are made again keep their version of the DAG")
      .option("-c, --dag-run-conf <json>", "parameters of the runs, a JSON object")
      .option("--dry-run", "only show what would be done for each date"),
    createBackfill,
  );
  does(host, add("list [dag_id]", "list backfills, newest first").option("--active", "only those under way"), listBackfills);
  does(host, add("dates <backfill_id>", "show what became of each date of a backfill"), listDates);
  for (const [name, description] of [
    ["pause", "pause a backfill: running runs go on, no other starts"],
    ["unpause", "go on with a paused backfill"],
    ["cancel", "cancel a backfill: running runs go on, queued ones fail"],
  ] as const) {
    does(host, add(`${name} <backfill_id>`, description), (invocation, id = "") => steer(invocation, name, backfillId(id)));
  }
  return backfill;
}

async function createBackfill(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const body = {
    dag_id: dagId,
    from_date: invocation.text("fromDate") ?? "",
    to_date: invocation.text("toDate") ?? "",
    // Checked by `choices` of the option.
    reprocess_behavior: (invocation.text("reprocessBehavior") ?? "none") as (typeof REPROCESS_BEHAVIORS)[number],
    max_active_runs: invocation.number("maxActiveRuns") ?? 10,
    run_backwards: invocation.flag("runBackwards"),
    run_on_latest_version: !invocation.flag("keepVersion"),
    dag_run_conf: parseConf(invocation.text("dagRunConf"), "--dag-run-conf"),
  };
  if (invocation.flag("dryRun")) {
    const plan = await withSuggestion(server, dagId, () => answerOf(server.api.POST("/api/v2/backfills/dry_run", { body })));
    const rows = [
      ...plan.backfills.map((date) => ({ logical_date: date.logical_date, action: date.action, reason: null })),
      ...plan.skipped.map((date) => ({ logical_date: date.logical_date, action: "skip", reason: date.reason })),
    ];
    invocation.printRows(rows.toSorted((left, right) => (left.logical_date < right.logical_date ? -1 : 1)));
    return undefined;
  }
  const created = await withSuggestion(server, dagId, () => answerOf(server.api.POST("/api/v2/backfills", { body })));
  invocation.printObject(rowOf(created));
  return undefined;
}

async function listBackfills(invocation: Invocation, dagId = ""): Promise<undefined> {
  const { api } = await connect(invocation);
  const filter = { ...(dagId === "" ? {} : { dag_id: dagId }), ...(invocation.flag("active") ? { active: true } : {}) };
  const backfills = await readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/backfills", { params: { query: { ...filter, ...part } } }));
    return { rows: page.backfills, total: page.total_entries };
  });
  invocation.printRows(backfills.map(rowOf));
  return undefined;
}

async function listDates(invocation: Invocation, id = ""): Promise<undefined> {
  const { api } = await connect(invocation);
  const path = { backfill_id: backfillId(id) };
  const dates = await readRows(async (query) => {
    const page = await answerOf(api.GET("/api/v2/backfills/{backfill_id}/dates", { params: { path, query } }));
    return { rows: page.dates, total: page.total_entries };
  });
  invocation.printRows(dates.map(({ logical_date, dag_run_id, state, skip_reason }) => ({ logical_date, dag_run_id, state, skip_reason })));
  return undefined;
}

async function steer(invocation: Invocation, action: "pause" | "unpause" | "cancel", backfillId: number): Promise<undefined> {
  const { api } = await connect(invocation);
  const params = { path: { backfill_id: backfillId } };
  const calls = {
    pause: () => api.PUT("/api/v2/backfills/{backfill_id}/pause", { params }),
    unpause: () => api.PUT("/api/v2/backfills/{backfill_id}/unpause", { params }),
    cancel: () => api.PUT("/api/v2/backfills/{backfill_id}/cancel", { params }),
  };
  invocation.printObject(rowOf(await answerOf(calls[action]())));
  return undefined;
}

function backfillId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no id of a backfill, which is a number. \`polyflow backfill list\` shows them.`);
}

interface Backfill {
  readonly id: number;
  readonly dag_id: string;
  readonly from_date: string;
  readonly to_date: string;
  readonly is_paused: boolean;
  readonly completed_at: string | null;
  readonly pending_dates: number;
  readonly skipped_dates: number;
  readonly dag_runs: { readonly [state: string]: number };
}

function rowOf(backfill: Backfill): Row {
  const { id, dag_id, from_date, to_date, pending_dates, skipped_dates, dag_runs } = backfill;
  const state = backfill.completed_at !== null ? "completed" : backfill.is_paused ? "paused" : "running";
  return { id, dag_id, from_date, to_date, state, pending_dates, skipped_dates, dag_runs };
}
