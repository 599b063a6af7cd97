import { useTranslation } from "react-i18next";
import type { AffectedTask } from "../api/task-actions.ts";
import { StateBadge } from "../state/state-badge.tsx";
import classes from "./clear-dialog.module.css";

/** Rows that are drawn; of thousands the rest is a number. */
const MOST_SHOWN = 200;

interface AffectedTasksProps {
  readonly tasks: readonly AffectedTask[];
  /** The run that the action starts from; tasks of other runs say theirs. */
  readonly runId: string;
  readonly label: string;
}

/** The task instances that an action would touch. */
export function AffectedTasks({ tasks, runId, label }: AffectedTasksProps) {
  const { t } = useTranslation();
  const shown = tasks.slice(0, MOST_SHOWN);
  return (
    <ul className={classes["list"]} aria-label={label} tabIndex={0}>
      {shown.map((task) => (
        <li key={`${task.dag_run_id} ${task.task_id} ${task.map_index}`}>
          <span className="pf-mono">
            {task.map_index < 0 ? task.task_id : `${task.task_id} [${task.map_index}]`}
            {task.dag_run_id !== runId && <span className={classes["run"]}> {task.dag_run_id}</span>}
          </span>
          <StateBadge state={task.state} bare />
        </li>
      ))}
      {tasks.length > shown.length && <li>{t("and {{count}} more", { count: tasks.length - shown.length })}</li>}
    </ul>
  );
}
