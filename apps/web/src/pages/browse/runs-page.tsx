import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { browsedRunsQuery, type BrowsedRun } from "../../api/browse.ts";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { ProcessLink, RunLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ChoiceFilter, DayFilter, ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { SelectionBar } from "../../lists/selection-bar.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { useSelection } from "../../lists/use-selection.ts";
import { RUN_TYPE_LABELS } from "../../state/run-type-label.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS } from "../../state/state-label.ts";
import { Elapsed, When } from "../../ui/when.tsx";
import { RunBulkButtons } from "./run-bulk-buttons.tsx";

const STATES = ["running", "queued", "success", "failed"] as const;
const keyOf = (run: BrowsedRun) => `${run.dag_id} ${run.run_id}`;

/** Runs of all processes, newest first. */
export function RunsPage() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const query = useInfiniteQuery({ ...browsedRunsQuery(search), placeholderData: keepPreviousData });
  const runs = query.data?.pages.flatMap((page) => page.runs);
  const selection = useSelection((runs ?? []).map(keyOf));
  const [asked, ask] = useState<Confirmation | null>(null);
  const rights = useRights();
  const canChange = rights.somewhere("edit", "DAG Runs");
  const filters = { search, change };
  return (
    <ListPage title={t("Runs")}>
      <ListFilters {...filters}>
        <TextFilter name="dag" label={t("Process")} {...filters} />
        <TextFilter name="run" label={t("Run")} {...filters} />
        <ChoiceFilter
          name="state"
          label={t("State")}
          choices={STATES.map((value) => ({ value, label: t(STATE_LABELS[value]) }))}
          {...filters}
        />
        <ChoiceFilter
          name="type"
          label={t("Kind")}
          choices={Object.entries(RUN_TYPE_LABELS).map(([value, label]) => ({ value, label: t(label) }))}
          {...filters}
        />
        <DayFilter name="from" label={t("from", { context: "day" })} {...filters} />
        <DayFilter name="until" label={t("until", { context: "day" })} {...filters} />
      </ListFilters>
      <ListBody query={query} count={runs?.length} narrowed={isNarrowed(search)} empty={{ title: t("No runs yet") }}>
        <ListTable
          label={t("Runs")}
          columns={useRunColumns()}
          rows={runs ?? []}
          keyOf={keyOf}
          selection={canChange ? selection : undefined}
        />
      </ListBody>
      <SelectionBar selection={selection}>
        <RunBulkButtons runs={(runs ?? []).filter((run) => selection.keys.has(keyOf(run)))} ask={ask} done={() => selection.set([])} />
      </SelectionBar>
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </ListPage>
  );
}

function useRunColumns(): readonly Column<BrowsedRun>[] {
  const { t } = useTranslation();
  return [
    { header: t("State"), cell: (run) => <StateBadge state={run.state} /> },
    { header: t("Process"), cell: (run) => <ProcessLink dagId={run.dag_id} />, fixed: true },
    { header: t("Run"), cell: (run) => <RunLink dagId={run.dag_id} runId={run.run_id} />, fixed: true },
    { header: t("Kind"), cell: (run) => t(RUN_TYPE_LABELS[run.run_type]), fixed: true },
    { header: t("Run after"), cell: (run) => <When at={run.run_after} />, fixed: true },
    { header: t("Duration"), cell: (run) => <Elapsed start={run.start_date} end={run.end_date} live />, fixed: true },
    { header: t("Triggered by"), cell: (run) => run.triggering_user ?? "—", dim: true },
    { header: t("Note"), cell: (run) => run.note, dim: true },
  ];
}
