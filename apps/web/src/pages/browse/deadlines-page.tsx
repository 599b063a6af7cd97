import { Badge } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { deadlinesQuery, type MissedDeadline } from "../../api/browse.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { BrowsePage } from "../../lists/browse-page.tsx";
import { ProcessLink, RunLink } from "../../lists/links.tsx";
import { TextFilter } from "../../lists/list-filters.tsx";
import type { Column } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { When } from "../../ui/when.tsx";

/** Runs that had not ended when they should have. */
export function DeadlinesPage() {
  const { t } = useTranslation();
  const filters = useListSearch();
  const query = useInfiniteQuery(deadlinesQuery(filters.search));
  const rows = query.data?.pages.flatMap((page) => page.deadlines);
  const columns: readonly Column<MissedDeadline>[] = [
    { header: t("Deadline"), cell: (deadline) => <b>{deadline.name}</b> },
    { header: t("Process"), cell: (deadline) => <ProcessLink dagId={deadline.dag_id} />, fixed: true },
    { header: t("Run"), cell: (deadline) => <RunLink dagId={deadline.dag_id} runId={deadline.dag_run_id} />, fixed: true },
    { header: t("Due"), cell: (deadline) => <When at={deadline.due_at} />, fixed: true },
    { header: t("Late by"), cell: (deadline) => <LateBy deadline={deadline} />, fixed: true },
    { header: t("Noticed"), cell: (deadline) => <When at={deadline.missed_at} />, fixed: true, dim: true },
  ];
  return (
    <BrowsePage
      title={t("Missed deadlines")}
      hint={t("Runs that had not ended by the deadline of their process.")}
      filters={filters}
      filterFields={<TextFilter name="dag" label={t("Process, its whole id")} {...filters} />}
      query={query}
      rows={rows}
      columns={columns}
      keyOf={(deadline) => String(deadline.id)}
      empty={{ title: t("No deadline was missed"), text: t("A process sets deadlines for its runs in its file.") }}
    />
  );
}

function LateBy({ deadline }: { deadline: MissedDeadline }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (deadline.run_end_date === null) return <Badge color="red.8">{t("Still running")}</Badge>;
  return format.duration(Date.parse(deadline.run_end_date) - Date.parse(deadline.due_at));
}
