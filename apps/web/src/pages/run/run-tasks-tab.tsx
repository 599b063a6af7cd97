import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunTask, UiRun } from "../../api/runs.ts";
import { instanceName } from "../../format/instance-name.ts";
import { useTextNow } from "../../format/use-text-now.ts";
import { PrintedRows } from "../../print/printed-rows.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { useWindowRows } from "../../ui/use-window-rows.ts";
import { Elapsed, When } from "../../ui/when.tsx";
import classes from "./run-tasks-tab.module.css";
import { shareOfRun } from "./timeline.ts";

const ROW_HEIGHT = 45;

/** Tasks of the run with what they did and when, each a link to its log. */
export function RunTasksTab({ run }: { run: UiRun }) {
  const { t } = useTranslation();
  const { body, rows, placed } = useWindowRows(run.tasks.length, ROW_HEIGHT);
  return (
    <div className={classes["table"]} role="table" aria-label={t("Tasks")} aria-rowcount={run.tasks.length + 1}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes["head"]}>
          <span role="columnheader">{t("State")}</span>
          <span role="columnheader">{t("Task")}</span>
          <span role="columnheader">{t("Operator")}</span>
          <span role="columnheader">{t("Try")}</span>
          <span role="columnheader">{t("Started")}</span>
          <span role="columnheader">{t("Duration")}</span>
          <span role="columnheader">{t("Timeline")}</span>
        </div>
      </div>
      <div {...body} role="rowgroup">
        {rows.map((item) => {
          const task = run.tasks[item.index];
          return (
            task && (
              <div
                key={item.key}
                {...placed(item)}
                data-task-id={task.task_id}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes["row"]}
              >
                <TaskCells task={task} run={run} />
              </div>
            )
          );
        })}
      </div>
      <PrintedRows count={run.tasks.length} />
    </div>
  );
}

function TaskCells({ task, run }: { task: RunTask; run: UiRun }) {
  const { t } = useTranslation();
  return (
    <>
      <span role="cell">
        <StateBadge state={task.state} />
      </span>
      <span role="cell" className={classes["task"]}>
        <Link
          to="/dags/$dagId/runs/$runId/tasks/$taskId"
          params={{ dagId: run.dag_id, runId: run.run_id, taskId: task.task_id }}
          search={task.map_index >= 0 ? { map: task.map_index } : {}}
        >
          {instanceName(task)}
        </Link>
        {task.reason && <span className={classes["reason"]}>{task.reason}</span>}
        {task.next_retry_at && task.state === "up_for_retry" && (
          <span className={classes["reason"]}>
            {t("next try")} <When at={task.next_retry_at} />
          </span>
        )}
      </span>
      <span role="cell" className={classes["dim"]}>
        {task.operator}
      </span>
      <span role="cell" className={classes["try"]}>
        {task.try_number > 0
          ? t("{{try}} of {{most}}", { try: task.try_number, most: Math.max(task.max_tries + 1, task.try_number) })
          : "—"}
      </span>
      <span role="cell" className={classes["started"]}>
        {task.start_date ? <When at={task.start_date} /> : "—"}
      </span>
      <span role="cell">
        <Elapsed start={task.start_date} end={task.end_date} live={task.state === "running"} />
      </span>
      <span role="cell" className={classes["timeline"]}>
        <Bar task={task} run={run} />
      </span>
    </>
  );
}

function Bar({ task, run }: { task: RunTask; run: UiRun }) {
  const place = useTextNow((now) => {
    const share = shareOfRun(task, run, now);
    return share === null ? "" : `${share.from.toFixed(1)}% ${share.width.toFixed(1)}%`;
  });
  const [from, width] = place.split(" ");
  return (
    <div className={classes["track"]} data-state={task.state}>
      {place !== "" && <div style={{ insetInlineStart: from, width }} />}
    </div>
  );
}
