import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type AuditRow, auditQuery } from "../../api/browse.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { ProcessLink, RunLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { DayFilter, ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import lists from "../../lists/lists.module.css";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { eventLabel } from "./event-labels.ts";

/** Who did what, when, from where. */
export function AuditPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { search, change } = useListSearch();
  const query = useInfiniteQuery(auditQuery(search));
  const rows = query.data?.pages.flatMap((page) => page.entries);
  const filters = { search, change };
  const columns: readonly Column<AuditRow>[] = [
    { header: t("When"), cell: (row) => <time dateTime={row.at}>{format.instant(row.at)}</time>, fixed: true },
    { header: t("Who"), cell: (row) => row.user ?? "—", fixed: true },
    { header: t("What"), cell: (row) => <Event event={row.event} /> },
    { header: t("Process"), cell: (row) => row.dag_id && <ProcessLink dagId={row.dag_id} /> },
    { header: t("Run"), cell: (row) => row.dag_id && row.run_id && <RunLink dagId={row.dag_id} runId={row.run_id} /> },
    { header: t("From where"), cell: (row) => row.remote_address, dim: true, fixed: true },
    { header: t("Details"), cell: (row) => <Details details={row.details} />, dim: true },
  ];
  return (
    <ListPage title={t("Audit log")} hint={t("Every change and every sign-in. Values of secrets are never written here.")}>
      <ListFilters {...filters}>
        <TextFilter name="user" label={t("User")} {...filters} />
        <TextFilter name="event" label={t("Event")} {...filters} />
        <TextFilter name="dag" label={t("Process")} {...filters} />
        <DayFilter name="from" label={t("from", { context: "day" })} {...filters} />
        <DayFilter name="until" label={t("until", { context: "day" })} {...filters} />
      </ListFilters>
      <ListBody query={query} count={rows?.length} narrowed={isNarrowed(search)} empty={{ title: t("Nothing has happened yet") }}>
        <ListTable label={t("Audit log")} columns={columns} rows={rows ?? []} keyOf={(row) => String(row.id)} />
      </ListBody>
    </ListPage>
  );
}

function Event({ event }: { event: string }) {
  const { t } = useTranslation();
  const label = eventLabel(event);
  return <span title={event}>{label === undefined ? event : t(label)}</span>;
}

function Details({ details }: { details: Readonly<Record<string, unknown>> }) {
  const shown = Object.entries(details).filter(([, value]) => value !== "" && value !== null);
  return (
    <span className={`pf-mono ${lists["details"]}`}>
      {shown.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("  ")}
    </span>
  );
}
