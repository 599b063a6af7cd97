import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { type Asset, assetsQuery, lineageQuery } from "../../api/assets.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { AssetEvents } from "./asset-events.tsx";
import { ProcessNames } from "./process-names.tsx";

const LineageGraph = lazy(async () => ({ default: (await import("./lineage-graph.tsx")).LineageGraph }));

/** Data that processes make and use: as a list, as a graph, and its latest updates. */
export function AssetsPage() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const view = search.type === "graph" || search.type === "events" ? search.type : "list";
  return (
    <ListPage title={t("Assets")} hint={t("Data that tasks make and use. An update of one can start the processes that wait for it.")}>
      <SegmentedControl
        size="xs"
        w="fit-content"
        aria-label={t("View")}
        value={view}
        onChange={(type) => change({ type: type === "list" ? undefined : type })}
        data={[
          { value: "list", label: t("List") },
          { value: "graph", label: t("Graph") },
          { value: "events", label: t("Updates") },
        ]}
      />
      {view === "graph" ? <Graph /> : view === "events" ? <AssetEvents filter={{}} /> : <AssetList />}
    </ListPage>
  );
}

function AssetList() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const query = useQuery(assetsQuery(search.q));
  const columns: readonly Column<Asset>[] = [
    {
      header: t("Asset"),
      cell: (asset) => (
        <Link to="/data-assets/$assetId" params={{ assetId: String(asset.id) }}>
          {asset.name}
        </Link>
      ),
    },
    { header: t("Address"), cell: (asset) => <span className="pf-mono">{asset.uri}</span>, dim: true },
    {
      header: t("Last update"),
      cell: (asset) => (asset.last_asset_event?.timestamp ? <When at={asset.last_asset_event.timestamp} /> : "—"),
      fixed: true,
    },
    { header: t("Made by"), cell: (asset) => <ProcessNames uses={asset.producing_tasks} /> },
    { header: t("Starts"), cell: (asset) => <ProcessNames uses={asset.scheduled_dags} /> },
    { header: t("Used by"), cell: (asset) => <ProcessNames uses={asset.consuming_tasks} /> },
  ];
  return (
    <>
      <ListFilters search={{ q: search.q }} change={change}>
        <TextFilter name="q" label={t("Search")} search={search} change={change} />
      </ListFilters>
      <ListBody
        query={query}
        count={query.data?.assets.length}
        narrowed={isNarrowed({ q: search.q })}
        empty={{ title: t("No assets yet"), text: t("A process names the assets that its tasks make and use.") }}
      >
        <ListTable label={t("Assets")} columns={columns} rows={query.data?.assets ?? []} keyOf={(asset) => String(asset.id)} />
      </ListBody>
    </>
  );
}

function Graph() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(lineageQuery(undefined));
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} />;
  if (data.nodes.length === 0) return <Nothing title={t("No assets yet")} />;
  return (
    <Suspense fallback={<Skeleton height={420} />}>
      <LineageGraph lineage={data} />
    </Suspense>
  );
}
