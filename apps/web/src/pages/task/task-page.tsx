import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { dagQuery, structureQuery } from "../../api/dags.ts";
import { runQuery } from "../../api/runs.ts";
import { PageLoading } from "../../shell/page-states.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { TaskDataTab } from "./task-data-tab.tsx";
import { TaskDetailsTab } from "./task-details-tab.tsx";
import { TaskLogTab } from "./task-log-tab.tsx";
import { TaskHeader } from "./task-header.tsx";
import type { TaskSearch } from "./task-search.ts";

const UNMAPPED = -1;

/** A task of a run: its tries, logs and data. */
export function TaskPage() {
  const { t } = useTranslation();
  const { dagId, runId, taskId } = useParams({ from: "/signed-in/dags/$dagId/runs/$runId/tasks/$taskId" });
  const search = useSearch({ from: "/signed-in/dags/$dagId/runs/$runId/tasks/$taskId" });
  const navigate = useNavigate({ from: "/dags/$dagId/runs/$runId/tasks/$taskId" });
  const run = useQuery(runQuery(dagId, runId));
  const dag = useQuery(dagQuery(dagId));
  const structure = useQuery({ ...structureQuery(dagId, run.data?.version_number), enabled: run.data !== undefined });
  const change = useCallback(
    (part: TaskSearch) => {
      void navigate({ search: (before) => ({ ...before, ...part }), replace: part.tab === undefined, resetScroll: false });
    },
    [navigate],
  );
  if (run.error && !run.data) return <Problem error={run.error} retry={() => void run.refetch()} />;
  if (!run.data) return <PageLoading />;
  const mapIndex = search.map ?? UNMAPPED;
  const instances = run.data.tasks.filter((one) => one.task_id === taskId);
  const task = instances.find((one) => one.map_index === mapIndex) ?? instances[0];
  if (!task) return <Nothing title={t("This run has no task {{task}}", { task: taskId })} />;
  const tab = search.tab ?? "log";
  const address = { dagId, runId, taskId, mapIndex: task.map_index };
  return (
    <div style={{ display: "flex", flexDirection: "column", minHeight: "100dvh" }}>
      <TaskHeader
        run={run.data}
        dag={dag.data}
        task={task}
        instances={instances}
        chooseInstance={(map) => change({ map, try: undefined })}
      />
      <PageTabs
        label={t("Views of the task")}
        value={tab}
        choose={(next) => change({ tab: next })}
        tabs={[
          { value: "log", label: t("Log") },
          { value: "data", label: t("Inputs and output") },
          { value: "details", label: t("Details") },
        ]}
      >
        {tab === "log" && <TaskLogTab task={task} address={address} chosen={search.try} choose={(next) => change({ try: next })} />}
        {tab === "data" && <TaskDataTab address={address} structure={structure.data} />}
        {tab === "details" && <TaskDetailsTab task={task} node={structure.data?.nodes.find((one) => one.task_id === taskId)} />}
      </PageTabs>
    </div>
  );
}
