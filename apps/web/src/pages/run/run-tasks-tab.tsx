import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunTask, UiRun } from "../../api/runs.ts";
import { useTextNow } from "../../format/use-text-now.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import classes from "../../ui/table.module.css";
import { Elapsed, When } from "../../ui/when.tsx";
import own from "./run-tasks-tab.module.css";
import { shareOfRun } from "./timeline.ts";

/** Tasks of the run with what they did and when, each a link to its log. */
export function RunTasksTab({ run }: { run: UiRun }) {
  const { t } = useTranslation();
  return (
    <div className={classes["holder"]}>
      <table className={classes["table"]} aria-label={t("Tasks")}>
        <thead>
          <tr>
            <th scope="col">{t("State")}</th>
            <th scope="col">{t("Task")}</th>
            <th scope="col">{t("Operator")}</th>
            <th scope="col">{t("Try")}</th>
            <th scope="col">{t("Started")}</th>
            <th scope="col">{t("Duration")}</th>
            <th scope="col" className={own["timeline"]}>
              {t("Timeline")}
            </th>
          </tr>
        </thead>
        <tbody>
          {run.tasks.map((task) => (
            <TaskRow key={`${task.task_id} ${task.map_index}`} task={task} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TaskRow({ task, run }: { task: RunTask; run: UiRun }) {
  const { t } = useTranslation();
  return (
    <tr data-task-id={task.task_id}>
      <td>
        <StateBadge state={task.state} />
      </td>
      <td>
        <Link
          to="/dags/$dagId/runs/$runId/tasks/$taskId"
          params={{ dagId: run.dag_id, runId: run.run_id, taskId: task.task_id }}
          search={task.map_index >= 0 ? { map: task.map_index } : {}}
        >
          {task.map_index >= 0 ? `${task.task_id} [${task.map_index}]` : task.task_id}
        </Link>
        {task.reason && <div className={own["reason"]}>{task.reason}</div>}
        {task.next_retry_at && task.state === "up_for_retry" && (
          <div className={own["reason"]}>
            {t("next try")} <When at={task.next_retry_at} />
          </div>
        )}
      </td>
      <td className={classes["dim"]}>{task.operator}</td>
      <td data-fixed>
        {task.try_number > 0
          ? t("{{try}} of {{most}}", { try: task.try_number, most: Math.max(task.max_tries + 1, task.try_number) })
          : "—"}
      </td>
      <td data-fixed>{task.start_date ? <When at={task.start_date} /> : "—"}</td>
      <td data-fixed>
        <Elapsed start={task.start_date} end={task.end_date} live={task.state === "running"} />
      </td>
      <td className={own["timeline"]}>
        <Bar task={task} run={run} />
      </td>
    </tr>
  );
}

function Bar({ task, run }: { task: RunTask; run: UiRun }) {
  const place = useTextNow((now) => {
    const share = shareOfRun(task, run, now);
    return share === null ? "" : `${share.from.toFixed(1)}% ${share.width.toFixed(1)}%`;
  });
  const [from, width] = place.split(" ");
  return (
    <div className={own["track"]} data-state={task.state}>
      {place !== "" && <div style={{ insetInlineStart: from, width }} />}
    </div>
  );
}
