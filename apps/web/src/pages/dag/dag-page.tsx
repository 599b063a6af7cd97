import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { dagQuery } from "../../api/dags.ts";
import { PageLoading } from "../../shell/page-states.tsx";
import { PageTabs } from "../../ui/page-tabs.tsx";
import { Problem } from "../../ui/problem.tsx";
import { DagHeader } from "./dag-header.tsx";
import { type DagSearch, withoutConf } from "./dag-search.ts";
import { DetailsTab } from "./details-tab.tsx";
import { GridTab } from "./grid-tab.tsx";

const GraphTab = lazy(async () => ({ default: (await import("./graph-tab.tsx")).GraphTab }));
const GanttTab = lazy(async () => ({ default: (await import("./gantt-tab.tsx")).GanttTab }));
const CalendarTab = lazy(async () => ({ default: (await import("./calendar-tab.tsx")).CalendarTab }));
const DurationsTab = lazy(async () => ({ default: (await import("./durations-tab.tsx")).DurationsTab }));
const RunsTab = lazy(async () => ({ default: (await import("./runs-tab.tsx")).RunsTab }));
const TasksTab = lazy(async () => ({ default: (await import("./tasks-tab.tsx")).TasksTab }));
const AuditTab = lazy(async () => ({ default: (await import("./audit-tab.tsx")).AuditTab }));
const CodeTab = lazy(async () => ({ default: (await import("./code-tab.tsx")).CodeTab }));

const TABS = {
  graph: GraphTab,
  grid: GridTab,
  gantt: GanttTab,
  calendar: CalendarTab,
  durations: DurationsTab,
  runs: RunsTab,
  tasks: TasksTab,
  code: CodeTab,
  audit: AuditTab,
  details: DetailsTab,
} as const;

export function DagPage() {
  const { t } = useTranslation();
  const { dagId } = useParams({ from: "/signed-in/dags/$dagId" });
  const search = useSearch({ from: "/signed-in/dags/$dagId" });
  const navigate = useNavigate({ from: "/dags/$dagId" });
  const { data: dag, error, refetch } = useQuery(dagQuery(dagId));
  const rights = useRights();
  const change = useCallback(
    (part: DagSearch) => {
      void navigate({ search: (before) => ({ ...withoutConf(before), ...part }), replace: part.tab === undefined, resetScroll: false });
    },
    [navigate],
  );
  if (error && !dag) return <Problem error={error} retry={() => void refetch()} />;
  if (!dag) return <PageLoading />;
  const tab = search.tab ?? "graph";
  const Tab = TABS[tab];
  return (
    <div style={{ display: "flex", flexDirection: "column", minHeight: "100dvh" }}>
      <DagHeader dag={dag} onStarted={(run) => change({ run, task: undefined })} linked={{ conf: search.conf, forget: () => change({}) }} />
      <PageTabs
        label={t("Views of the process")}
        value={tab}
        choose={(next) => change({ tab: next })}
        tabs={[
          { value: "graph", label: t("Graph") },
          { value: "grid", label: t("Grid") },
          { value: "gantt", label: t("Gantt") },
          { value: "calendar", label: t("Calendar") },
          { value: "durations", label: t("Durations") },
          { value: "runs", label: t("Runs") },
          { value: "tasks", label: t("Tasks") },
          { value: "code", label: t("Code") },
          ...(rights.everywhere("read", "Audit Logs") ? [{ value: "audit" as const, label: t("Audit log") }] : []),
          { value: "details", label: t("Details") },
        ]}
      >
        <Suspense fallback={<PageLoading />}>
          <Tab dag={dag} search={search} change={change} />
        </Suspense>
      </PageTabs>
    </div>
  );
}
