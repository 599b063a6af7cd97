import { Button, Skeleton } from "@mantine/core";
import { IconBellPlus, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type Asset, assetQuery, createAssetEvent, lineageQuery, materializeAsset } from "../../api/assets.ts";
import { ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import lists from "../../lists/lists.module.css";
import { PageHeader } from "../../shell/page-header.tsx";
import { Card } from "../../ui/card.tsx";
import { Facts } from "../../ui/facts.tsx";
import { notifyProblem } from "../../ui/notify.ts";
import { Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { AssetEvents } from "./asset-events.tsx";
import { ProcessNames } from "./process-names.tsx";

const LineageGraph = lazy(async () => ({ default: (await import("./lineage-graph.tsx")).LineageGraph }));

/** One asset: who makes and uses it, and its updates. */
export function AssetPage() {
  const { t } = useTranslation();
  const { assetId: text } = useParams({ strict: false });
  const assetId = Number(text);
  const { data: asset, error, refetch } = useQuery(assetQuery(assetId));
  const lineage = useQuery(lineageQuery(assetId));
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!asset) return <Skeleton height={400} m="lg" />;
  return (
    <>
      <PageHeader
        title={asset.name}
        trail={[
          <Link key="assets" to="/data-assets">
            {t("Assets")}
          </Link>,
        ]}
        actions={<AssetActions asset={asset} />}
      >
        <Facts
          row
          facts={[
            { name: t("Address"), value: <span className="pf-mono">{asset.uri}</span> },
            {
              name: t("Last update"),
              value: asset.last_asset_event?.timestamp ? <When at={asset.last_asset_event.timestamp} /> : t("none yet"),
            },
            { name: t("Made by"), value: <ProcessNames uses={asset.producing_tasks} /> },
            { name: t("Starts"), value: <ProcessNames uses={asset.scheduled_dags} /> },
            { name: t("Used by"), value: <ProcessNames uses={asset.consuming_tasks} /> },
          ]}
        />
      </PageHeader>
      <div className={lists["content"]}>
        {lineage.data && lineage.data.nodes.length > 1 && (
          <Suspense fallback={<Skeleton height={420} />}>
            <LineageGraph lineage={lineage.data} />
          </Suspense>
        )}
        <Card title={t("Updates")}>
          <AssetEvents filter={{ assetId }} />
        </Card>
      </div>
    </>
  );
}

function AssetActions({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const rights = useRights();
  const [asking, setAsking] = useState(false);
  const materialize = useMutation({
    mutationFn: () => materializeAsset(asset.id),
    onError: notifyProblem,
    onSuccess: ({ dag_id: dagId, dag_run_id: runId }) => void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId } }),
  });
  if (!rights.everywhere("create", "Assets")) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconBellPlus size={16} />} onClick={() => setAsking(true)}>
        {t("Note an update")}
      </Button>
      {asset.producing_tasks.length > 0 && (
        <Button leftSection={<IconPlayerPlayFilled size={14} />} onClick={() => materialize.mutate()} loading={materialize.isPending}>
          {t("Make it now")}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          asked={{
            title: t("Note an update"),
            text: t("Processes that are started by this asset will run:"),
            names: asset.scheduled_dags.map(({ dag_id: dagId }) => dagId),
            confirm: t("Note an update"),
            run: () => createAssetEvent(asset.id, {}).then(() => client.invalidateQueries({ queryKey: ["assets"] })),
          }}
          close={() => setAsking(false)}
        />
      )}
    </>
  );
}
