import { Group, Select, Skeleton } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiRunSummary } from "../../api/dags.ts";
import { gridCellsQuery, gridQuery, type GridRunCells } from "../../api/grid.ts";
import { BarChart } from "../../charts/bar-chart.tsx";
import { elapsedMs } from "../../format/duration.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { cellsByPlace, type GridCell } from "../../grid/grid-model.ts";
import { STATE_LABELS, stateOf } from "../../state/state-label.ts";
import { Nothing, Problem } from "../../ui/problem.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

const RUNS = 60;

/** How long runs and tasks took, how late runs were done, how often tasks were tried: run after run, newest on the right. */
export function DurationsTab({ dag }: DagTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [task, setTask] = useState<string | null>(null);
  const grid = useQuery(gridQuery(dag.dag_id, RUNS));
  const runs = grid.data?.runs.toReversed() ?? [];
  const cells = useQueries({ queries: runs.map((run) => gridCellsQuery(dag.dag_id, run.run_id)) });
  if (grid.error && !grid.data) return <Problem error={grid.error} retry={() => void grid.refetch()} />;
  if (!grid.data) return <Skeleton height={320} />;
  if (runs.length === 0) return <Nothing title={t("No runs yet")} />;
  const now = Date.now();
  const place = grid.data.tasks.findIndex((one) => one.task_id === (task ?? grid.data.tasks[0]?.task_id));
  const openRun = (run: UiRunSummary) => () =>
    void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId: dag.dag_id, runId: run.run_id } });
  const runBars = (valueOf: (run: UiRunSummary) => number | null) =>
    runs.map((run) => {
      const value = valueOf(run);
      const words = value === null ? "—" : format.duration(value);
      return {
        key: run.run_id,
        value,
        state: run.state,
        label: `${format.shortInstant(run.run_after)} · ${t(STATE_LABELS[stateOf(run.state)])} · ${words}`,
        open: openRun(run),
      };
    });
  const taskBars = (valueOf: (cell: GridCell) => number | null, say: (value: number) => string) =>
    runs.map((run, index) => {
      const cell = cellAt(cells[index]?.data, place);
      const value = cell ? valueOf(cell) : null;
      const state = cell?.state ?? "none";
      const words = value === null ? "—" : say(value);
      return {
        key: run.run_id,
        value,
        state,
        label: `${format.shortInstant(run.run_after)} · ${t(STATE_LABELS[state])} · ${words}`,
        open: openRun(run),
      };
    });
  return (
    <>
      <BarChart
        title={t("Duration of runs")}
        bars={runBars((run) => elapsedMs(run.start_date, run.end_date, now))}
        format={format.duration}
      />
      <BarChart
        title={t("From due to done")}
        bars={runBars((run) => elapsedMs(run.run_after, run.end_date, now))}
        format={format.duration}
      />
      <Group>
        <Select
          w={280}
          searchable
          allowDeselect={false}
          aria-label={t("Task")}
          data={grid.data.tasks.map((one) => ({ value: one.task_id, label: one.label }))}
          value={grid.data.tasks[place]?.task_id ?? null}
          onChange={setTask}
        />
      </Group>
      <BarChart
        title={t("Duration of the task")}
        bars={taskBars((cell) => cell.durationMs, format.duration)}
        format={format.duration}
        height={110}
      />
      <BarChart
        title={t("Tries of the task")}
        bars={taskBars((cell) => (cell.offsetMs === null ? null : cell.tries), format.number)}
        format={format.number}
        height={80}
      />
    </>
  );
}

function cellAt(run: GridRunCells | null | undefined, place: number): GridCell | undefined {
  return run ? cellsByPlace(run).get(place) : undefined;
}
