import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type AuditRow, auditQuery } from "../../api/browse.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { RunLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { eventLabel } from "../browse/event-labels.ts";
import type { DagTabProps } from "./dag-tab-props.ts";

/** Who changed what about this process and its runs. */
export function AuditTab({ dag }: DagTabProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery(auditQuery({ dag: dag.dag_id }));
  // The list is searched by a part of the id; others whose id holds this one are left out.
  const rows = query.data?.pages.flatMap((page) => page.entries).filter((row) => row.dag_id === dag.dag_id);
  const what = (event: string) => {
    const label = eventLabel(event);
    return label === undefined ? event : t(label);
  };
  const columns: readonly Column<AuditRow>[] = [
    { header: t("When"), cell: (row) => <time dateTime={row.at}>{format.instant(row.at)}</time>, fixed: true },
    { header: t("Who"), cell: (row) => row.user ?? "—", fixed: true },
    { header: t("What"), cell: (row) => <span title={row.event}>{what(row.event)}</span> },
    { header: t("Run"), cell: (row) => row.run_id && <RunLink dagId={dag.dag_id} runId={row.run_id} /> },
    { header: t("Task"), cell: (row) => row.task_id, dim: true },
    { header: t("From where"), cell: (row) => row.remote_address, dim: true, fixed: true },
  ];
  return (
    <ListBody query={query} count={rows?.length} narrowed={false} empty={{ title: t("Nothing has happened yet") }}>
      <ListTable label={t("Audit log")} columns={columns} rows={rows ?? []} keyOf={(row) => String(row.id)} />
    </ListBody>
  );
}
