import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { dagQuery, structureQuery, type UiStructure } from "../../api/dags.ts";
import { type RunTask, runQuery } from "../../api/runs.ts";
import { PageLoading } from "../../shell/page-states.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { RenderedTab } from "./rendered-tab.tsx";
import { TaskDataTab } from "./task-data-tab.tsx";
import { TaskDetailsTab } from "./task-details-tab.tsx";
import { TaskLogTab } from "./task-log-tab.tsx";
import { TaskHeader } from "./task-header.tsx";
import type { TaskSearch, TaskTab as TaskTabName } from "./task-search.ts";

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
          { value: "rendered", label: t("Rendered fields") },
          { value: "details", label: t("Details") },
        ]}
      >
        <TaskTab
          tab={tab}
          task={task}
          address={address}
          search={search}
          change={change}
          structure={structure.data}
          canEdit={dag.data?.can_edit ?? false}
        />
      </PageTabs>
    </div>
  );
}

interface TaskTabProps {
  readonly tab: TaskTabName;
  readonly task: RunTask;
  readonly address: { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number };
  readonly search: TaskSearch;
  readonly change: (part: TaskSearch) => void;
  readonly structure: UiStructure | undefined;
  readonly canEdit: boolean;
}

function TaskTab({ tab, task, address, search, change, structure, canEdit }: TaskTabProps) {
  switch (tab) {
    case "log":
      return <TaskLogTab task={task} address={address} chosen={search.try} choose={(next) => change({ try: next })} />;
    case "data":
      return <TaskDataTab address={address} structure={structure} />;
    case "rendered":
      return <RenderedTab address={address} />;
    case "details": {
      const node = structure?.nodes.find((one) => one.task_id === task.task_id);
      return <TaskDetailsTab key={task.map_index} task={task} node={node} address={address} canEdit={canEdit} />;
    }
  }
}
