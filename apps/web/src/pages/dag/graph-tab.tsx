import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { structureQuery } from "../../api/dags.ts";
import { runQuery } from "../../api/runs.ts";
import { TaskGraph } from "../../graph/task-graph.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { summariseTasks } from "../../state/task-summary.ts";
import { Problem } from "../../ui/problem.tsx";
import { Elapsed } from "../../ui/when.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";
import classes from "./graph-tab.module.css";
import { RunChoice } from "./run-choice.tsx";
import { TaskPanel } from "./task-panel.tsx";

/** The process as a graph, with the states of the chosen run, or of the newest. */
export function GraphTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const runId = search.run ?? dag.recent_runs[0]?.run_id;
  const run = useQuery({ ...runQuery(dag.dag_id, runId ?? ""), enabled: runId !== undefined });
  const structure = useQuery(structureQuery(dag.dag_id, run.data?.version_number ?? dag.version_number));
  const summaries = useMemo(() => summariseTasks(run.data?.tasks ?? []), [run.data]);
  const choose = useCallback((task: string) => change({ task: task === search.task ? undefined : task }), [change, search.task]);
  const node = structure.data?.nodes.find((one) => one.task_id === search.task);
  return (
    <>
      <div className={classes["bar"]}>
        {runId !== undefined && <RunChoice dag={dag} value={runId} choose={(next) => change({ run: next })} />}
        {run.data && (
          <>
            <StateBadge state={run.data.state} />
            <span className={classes["dim"]}>
              <Elapsed start={run.data.start_date} end={run.data.end_date} live />
            </span>
            <Link to="/dags/$dagId/runs/$runId" params={{ dagId: dag.dag_id, runId: run.data.run_id }} className={classes["open"]}>
              {t("Open the run")}
            </Link>
          </>
        )}
        {runId === undefined && <span className={classes["dim"]}>{t("No runs yet")}</span>}
      </div>
      <div className={classes["area"]}>
        {structure.error && !structure.data ? (
          <Problem error={structure.error} retry={() => void structure.refetch()} />
        ) : structure.data ? (
          <TaskGraph
            key={structure.data.version_number}
            structure={structure.data}
            summaries={summaries}
            chosen={search.task}
            choose={choose}
          />
        ) : (
          <Skeleton height="100%" />
        )}
        {node && <TaskPanel dag={dag} node={node} run={run.data} close={() => change({ task: undefined })} />}
      </div>
    </>
  );
}
