import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BrowsedRun, browsedRunsQuery } from "../../api/browse.ts";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { RunLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ChoiceFilter, DayFilter, ListFilters } from "../../lists/list-filters.tsx";
import type { ListSearch } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { SelectionBar } from "../../lists/selection-bar.tsx";
import { useSelection } from "../../lists/use-selection.ts";
import { RUN_TYPE_LABELS } from "../../state/run-type-label.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS } from "../../state/state-label.ts";
import { Elapsed, When } from "../../ui/when.tsx";
import { RunBulkButtons } from "../browse/run-bulk-buttons.tsx";
import type { DagTabProps } from "./dag-tab-props.ts";
import { dagSearch } from "./dag-search.ts";

const STATES = ["running", "queued", "success", "failed"] as const;

/** All runs of the process, newest first, with what can be done to several at once. */
export function RunsTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const { state, type, from, until } = search;
  const filters: ListSearch = { state, type, from, until };
  const query = useInfiniteQuery(browsedRunsQuery(filters, dag.dag_id));
  const runs = query.data?.pages.flatMap((page) => page.runs);
  const selection = useSelection((runs ?? []).map((run) => run.run_id));
  const [asked, ask] = useState<Confirmation | null>(null);
  const filter = { search: filters, change: (part: ListSearch) => change(dagSearch({ ...search, ...part })) };
  const columns: readonly Column<BrowsedRun>[] = [
    { header: t("State"), cell: (run) => <StateBadge state={run.state} /> },
    { header: t("Run"), cell: (run) => <RunLink dagId={dag.dag_id} runId={run.run_id} />, fixed: true },
    { header: t("Kind"), cell: (run) => t(RUN_TYPE_LABELS[run.run_type]), fixed: true },
    { header: t("Started"), cell: (run) => (run.start_date ? <When at={run.start_date} /> : "—"), fixed: true },
    { header: t("Duration"), cell: (run) => <Elapsed start={run.start_date} end={run.end_date} live />, fixed: true },
    { header: t("Triggered by"), cell: (run) => run.triggering_user ?? "—", dim: true },
    { header: t("Note"), cell: (run) => run.note, dim: true },
  ];
  return (
    <>
      <ListFilters {...filter}>
        <ChoiceFilter
          name="state"
          label={t("State")}
          choices={STATES.map((value) => ({ value, label: t(STATE_LABELS[value]) }))}
          {...filter}
        />
        <ChoiceFilter
          name="type"
          label={t("Kind")}
          choices={Object.entries(RUN_TYPE_LABELS).map(([value, label]) => ({ value, label: t(label) }))}
          {...filter}
        />
        <DayFilter name="from" label={t("from", { context: "day" })} {...filter} />
        <DayFilter name="until" label={t("until", { context: "day" })} {...filter} />
      </ListFilters>
      <ListBody
        query={query}
        count={runs?.length}
        narrowed={Object.values(filters).some((value) => value !== undefined)}
        empty={{ title: t("No runs yet") }}
      >
        <ListTable
          label={t("Runs")}
          columns={columns}
          rows={runs ?? []}
          keyOf={(run) => run.run_id}
          selection={dag.can_edit ? selection : undefined}
        />
      </ListBody>
      <SelectionBar selection={selection}>
        <RunBulkButtons runs={(runs ?? []).filter((run) => selection.keys.has(run.run_id))} ask={ask} done={() => selection.set([])} />
      </SelectionBar>
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </>
  );
}
