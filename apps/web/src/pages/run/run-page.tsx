import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { dagQuery } from "../../api/dags.ts";
import { loadsQuery, runQuery } from "../../api/runs.ts";
import { DataTab } from "../../loads/data-tab.tsx";
import { PageLoading } from "../../shell/page-states.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import { Problem } from "../../ui/problem.tsx";
import { RunDetailsTab } from "./run-details-tab.tsx";
import { RunHeader } from "./run-header.tsx";
import type { RunSearch } from "./run-search.ts";
import { RunTasksTab } from "./run-tasks-tab.tsx";

const Gantt = lazy(async () => ({ default: (await import("../../gantt/gantt.tsx")).Gantt }));
const RunGraphTab = lazy(async () => ({ default: (await import("./run-graph-tab.tsx")).RunGraphTab }));

export function RunPage() {
  const { t } = useTranslation();
  const { dagId, runId } = useParams({ from: "/signed-in/dags/$dagId/runs/$runId" });
  const search = useSearch({ from: "/signed-in/dags/$dagId/runs/$runId" });
  const navigate = useNavigate({ from: "/dags/$dagId/runs/$runId" });
  const run = useQuery(runQuery(dagId, runId));
  const dag = useQuery(dagQuery(dagId));
  const loads = useQuery(loadsQuery(dagId, runId));
  const change = useCallback(
    (part: RunSearch) => {
      void navigate({ search: (before) => ({ ...before, ...part }), replace: part.tab === undefined, resetScroll: false });
    },
    [navigate],
  );
  if (run.error && !run.data) return <Problem error={run.error} retry={() => void run.refetch()} />;
  if (!run.data) return <PageLoading />;
  const tab = search.tab ?? "tasks";
  return (
    <div style={{ display: "flex", flexDirection: "column", minHeight: "100dvh" }}>
      <RunHeader run={run.data} dag={dag.data} />
      <PageTabs
        label={t("Views of the run")}
        value={tab}
        choose={(next) => change({ tab: next })}
        tabs={[
          { value: "tasks", label: t("Tasks") },
          { value: "graph", label: t("Graph") },
          { value: "gantt", label: t("Gantt") },
          { value: "data", label: t("Data"), count: loads.data?.loads.length },
          { value: "details", label: t("Details") },
        ]}
      >
        <Suspense fallback={<PageLoading />}>
          {tab === "tasks" && <RunTasksTab run={run.data} />}
          {tab === "graph" && <RunGraphTab run={run.data} dag={dag.data} task={search.task} choose={(task) => change({ task })} />}
          {tab === "gantt" && <Gantt run={run.data} />}
          {tab === "data" && <DataTab loads={loads} />}
          {tab === "details" && <RunDetailsTab run={run.data} canEdit={dag.data?.can_edit ?? false} />}
        </Suspense>
      </PageTabs>
    </div>
  );
}
