import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { structureQuery, type UiDag } from "../../api/dags.ts";
import type { UiRun } from "../../api/runs.ts";
import { TaskGraph } from "../../graph/task-graph.tsx";
import { summariseTasks } from "../../state/task-summary.ts";
import { Problem } from "../../ui/problem.tsx";
import classes from "../dag/graph-tab.module.css";
import { TaskPanel } from "../dag/task-panel.tsx";

interface RunGraphTabProps {
  readonly run: UiRun;
  readonly dag: UiDag | undefined;
  readonly task: string | undefined;
  readonly choose: (task: string | undefined) => void;
}

/** The graph of the version that the run started with. */
export function RunGraphTab({ run, dag, task, choose }: RunGraphTabProps) {
  const structure = useQuery(structureQuery(run.dag_id, run.version_number));
  const summaries = useMemo(() => summariseTasks(run.tasks), [run.tasks]);
  const toggle = useCallback((taskId: string) => choose(taskId === task ? undefined : taskId), [choose, task]);
  const node = structure.data?.nodes.find((one) => one.task_id === task);
  if (structure.error && !structure.data) return <Problem error={structure.error} retry={() => void structure.refetch()} />;
  return (
    <div className={classes["area"]}>
      {structure.data ? (
        <TaskGraph structure={structure.data} summaries={summaries} chosen={task} choose={toggle} />
      ) : (
        <Skeleton height="100%" />
      )}
      {node && dag && <TaskPanel dag={dag} node={node} run={run} close={() => choose(undefined)} />}
    </div>
  );
}
