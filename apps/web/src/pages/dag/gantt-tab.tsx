import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { runQuery } from "../../api/runs.ts";
import { Gantt } from "../../gantt/gantt.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";
import classes from "./graph-tab.module.css";
import { RunChoice } from "./run-choice.tsx";

/** When the tasks of the chosen run, or of the newest, waited and ran. */
export function GanttTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const runId = search.run ?? dag.recent_runs[0]?.run_id;
  const run = useQuery({ ...runQuery(dag.dag_id, runId ?? ""), enabled: runId !== undefined });
  if (runId === undefined) return <Nothing title={t("No runs yet")} />;
  return (
    <>
      <div className={classes["bar"]}>
        <RunChoice dag={dag} value={runId} choose={(next) => change({ run: next })} />
      </div>
      {run.error && !run.data ? (
        <Problem error={run.error} retry={() => void run.refetch()} />
      ) : run.data ? (
        <Gantt run={run.data} />
      ) : (
        <Skeleton height={320} />
      )}
    </>
  );
}
