import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiRun } from "../api/runs.ts";
import { instanceName } from "../format/instance-name.ts";
import { useFormat } from "../format/format-provider.tsx";
import { useTextNow } from "../format/use-text-now.ts";
import { PrintedRows } from "../print/printed-rows.tsx";
import { STATE_LABELS, stateOf } from "../state/state-label.ts";
import { useWindowRows } from "../ui/use-window-rows.ts";
import classes from "./gantt.module.css";
import { type GanttBar, ganttBars, ganttTicks, runSpan } from "./gantt-model.ts";

const ROW_HEIGHT = 32;

/** Every try of every task of a run along one line of time: waiting in the queue hatched, running full. */
export function Gantt({ run }: { run: UiRun }) {
  const { t } = useTranslation();
  const format = useFormat();
  // Once a second while the run runs; a finished one never changes.
  const nowText = useTextNow((now) => (run.end_date === null ? String(Math.floor(now / 1000) * 1000) : ""));
  const span = runSpan(run, nowText === "" ? 0 : Number(nowText));
  const { body, rows, placed } = useWindowRows(run.tasks.length, ROW_HEIGHT);
  if (span === null) return <p className={classes["none"]}>{t("No task has started yet.")}</p>;
  return (
    <div className={classes["box"]} role="table" aria-label={t("Tasks over time")} aria-rowcount={run.tasks.length + 1}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes["row"]}>
          <span role="columnheader" className={classes["name"]}>
            {t("Task")}
          </span>
          <span role="columnheader" className={classes["axis"]}>
            {ganttTicks(span).map((tick) => (
              <span key={tick.percent} style={{ insetInlineStart: `${tick.percent}%` }}>
                {format.duration(tick.ms)}
              </span>
            ))}
          </span>
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
                role="row"
                aria-rowindex={item.index + 2}
                className={`${classes["row"]} ${classes["task"]}`}
              >
                <span role="cell" className={classes["name"]}>
                  <Link
                    to="/dags/$dagId/runs/$runId/tasks/$taskId"
                    params={{ dagId: run.dag_id, runId: run.run_id, taskId: task.task_id }}
                    search={task.map_index >= 0 ? { map: task.map_index } : {}}
                  >
                    {instanceName(task)}
                  </Link>
                </span>
                <span role="cell" className={classes["track"]}>
                  {ganttBars(task, span).map((bar) => (
                    <Bar key={`${bar.kind} ${bar.tryNumber}`} bar={bar} />
                  ))}
                </span>
              </div>
            )
          );
        })}
      </div>
      <PrintedRows count={run.tasks.length} />
    </div>
  );
}

function Bar({ bar }: { bar: GanttBar }) {
  const { t } = useTranslation();
  const format = useFormat();
  const state = stateOf(bar.state);
  const what =
    bar.kind === "queued" ? t("Waited in the queue") : `${t("Try {{number}}", { number: bar.tryNumber })} · ${t(STATE_LABELS[state])}`;
  const text = `${what} · ${format.duration(bar.ms)}`;
  return (
    <Tooltip label={text}>
      <span
        role="img"
        aria-label={text}
        className={classes["bar"]}
        data-kind={bar.kind}
        data-state={state}
        style={{ insetInlineStart: `${bar.from}%`, width: `${bar.width}%` }}
      />
    </Tooltip>
  );
}
