import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type AssetEvent, assetEventsQuery } from "../../api/assets.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { RunLink, TaskLink } from "../../lists/links.tsx";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { When } from "../../ui/when.tsx";

/** Updates of assets, newest first: where each came from and which runs it started. */
export function AssetEvents({ filter }: { filter: { readonly assetId?: number } }) {
  const { t } = useTranslation();
  const query = useQuery(assetEventsQuery(filter));
  const columns: readonly Column<AssetEvent>[] = [
    { header: t("When"), cell: (event) => <When at={event.timestamp} />, fixed: true },
    ...(filter.assetId === undefined ? [{ header: t("Asset"), cell: (event: AssetEvent) => event.name }] : []),
    { header: t("From"), cell: (event) => <Source event={event} /> },
    {
      header: t("Started runs"),
      cell: (event) =>
        event.created_dagruns.map((run) => (
          <div key={`${run.dag_id} ${run.run_id}`}>
            {run.dag_id} <RunLink dagId={run.dag_id} runId={run.run_id} />
          </div>
        )),
    },
    { header: t("Details"), cell: (event) => <Extra extra={event.extra} />, dim: true },
  ];
  const rows = query.data?.asset_events;
  return (
    <ListBody query={query} count={rows?.length} narrowed={false} empty={{ title: t("No updates yet") }}>
      <ListTable label={t("Updates")} columns={columns} rows={rows ?? []} keyOf={(event) => String(event.id)} />
    </ListBody>
  );
}

function Extra({ extra }: { extra: AssetEvent["extra"] }) {
  return extra && Object.keys(extra).length > 0 ? <code>{JSON.stringify(extra)}</code> : null;
}

function Source({ event }: { event: AssetEvent }) {
  const { t } = useTranslation();
  const { source_dag_id: dagId, source_run_id: runId, source_task_id: taskId } = event;
  if (dagId === null || runId === null || taskId === null) return t("from outside");
  return (
    <>
      {dagId} · <TaskLink dagId={dagId} runId={runId} taskId={taskId} />
    </>
  );
}
