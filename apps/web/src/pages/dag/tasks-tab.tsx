import { Skeleton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { structureQuery, type UiStructure } from "../../api/dags.ts";
import { runQuery } from "../../api/runs.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { summariseTasks } from "../../state/task-summary.ts";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { Elapsed } from "../../ui/when.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";

type Task = UiStructure["nodes"][number];

/** All tasks of the newest version, with how they fared in the newest run. */
export function TasksTab({ dag, change }: DagTabProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const structure = useQuery(structureQuery(dag.dag_id, dag.version_number));
  const newest = dag.recent_runs[0]?.run_id;
  const run = useQuery({ ...runQuery(dag.dag_id, newest ?? ""), enabled: newest !== undefined });
  const summaries = useMemo(() => summariseTasks(run.data?.tasks ?? []), [run.data]);
  if (structure.error && !structure.data) return <Problem error={structure.error} retry={() => void structure.refetch()} />;
  if (!structure.data) return <Skeleton height={320} />;
  const wanted = text.trim().toLowerCase();
  const tasks = structure.data.nodes.filter((task) => `${task.task_id} ${task.label} ${task.operator}`.toLowerCase().includes(wanted));
  const columns: readonly Column<Task>[] = [
    {
      header: t("Task"),
      cell: (task) => (
        <Link
          to="/dags/$dagId"
          params={{ dagId: dag.dag_id }}
          search={{ tab: "graph", task: task.task_id }}
          onClick={() => change({ tab: "graph" })}
        >
          {task.label}
        </Link>
      ),
    },
    { header: t("Operator"), cell: (task) => (task.is_mapped ? `${task.operator} × …` : task.operator), fixed: true },
    { header: t("Group"), cell: (task) => task.group_id, dim: true },
    { header: t("Trigger rule"), cell: (task) => <span className="pf-mono">{task.trigger_rule}</span>, dim: true },
    { header: t("Retries"), cell: (task) => String(task.retries), dim: true },
    { header: t("In the newest run"), cell: (task) => <StateBadge state={summaries.get(task.task_id)?.state ?? null} bare />, fixed: true },
    {
      header: t("Duration"),
      cell: (task) => {
        const summary = summaries.get(task.task_id);
        return <Elapsed start={summary?.start ?? null} end={summary?.end ?? null} live={summary?.state === "running"} />;
      },
      fixed: true,
    },
  ];
  return (
    <>
      <TextInput
        type="search"
        w={280}
        aria-label={t("Find a task")}
        placeholder={t("Find a task")}
        leftSection={<IconSearch size={16} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {tasks.length === 0 ? (
        <Nothing title={t("No such task")} />
      ) : (
        <ListTable label={t("Tasks")} columns={columns} rows={tasks} keyOf={(task) => task.task_id} />
      )}
    </>
  );
}
