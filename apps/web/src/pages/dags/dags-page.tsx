import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { dagFacetsQuery, dagListQuery } from "../../api/dags.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { SavedViews } from "../../views/saved-views.tsx";
import { DagTable } from "./dag-table.tsx";
import { DagTableSkeleton } from "./dag-table-skeleton.tsx";
import { DagsFilters, DagsOrder } from "./dags-filters.tsx";
import classes from "./dags-page.module.css";
import { type DagsSearch, filterOf, isNarrowed } from "./dags-search.ts";
import { ImportErrors } from "./import-errors.tsx";

/** The first page: all processes the user may see. */
export function DagsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const search = useSearch({ from: "/signed-in/dags" });
  const navigate = useNavigate({ from: "/dags" });
  const facets = useQuery(dagFacetsQuery);
  const change = useCallback(
    (part: DagsSearch) => {
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  const total = facets.data?.total;
  return (
    <>
      <PageHeader
        title={t("Processes")}
        actions={
          <>
            <SavedViews page="dags" path="/dags" />
            <DagsOrder search={search} change={change} />
          </>
        }
        beside={total !== undefined && <span className={classes["total"]}>{format.number(total)}</span>}
      />
      <div className={classes["content"]}>
        {facets.data && <ImportErrors errors={facets.data.import_errors} />}
        <DagsFilters search={search} change={change} facets={facets.data} />
        <DagList search={search} change={change} />
      </div>
    </>
  );
}

/** The rows. Until a new search has its answer, those of the one before stay. */
function DagList({ search, change }: { search: DagsSearch; change: (part: DagsSearch) => void }) {
  const wanted = useQuery(dagListQuery(filterOf(search), null));
  const [shown, setShown] = useState<DagsSearch>();
  if (wanted.data && JSON.stringify(shown) !== JSON.stringify(search)) setShown(search);
  if (wanted.error && !wanted.data) return <Problem error={wanted.error} retry={() => void wanted.refetch()} />;
  if (shown === undefined) return <DagTableSkeleton />;
  if (wanted.data?.dags.length === 0) return <Empty search={search} />;
  return <DagTable filter={filterOf(shown)} sort={search.sort ?? "dag_id"} setSort={(sort) => change({ sort })} />;
}

function Empty({ search }: { search: DagsSearch }) {
  const { t } = useTranslation();
  if (search.show === "favourite")
    return <Nothing title={t("No favourites yet")}>{t("Click the star beside a process to find it here.")}</Nothing>;
  if (isNarrowed(search)) return <Nothing title={t("No process matches")}>{t("Change the search or the filters.")}</Nothing>;
  return (
    <Nothing title={t("No processes yet")}>{t("Put a DAG file into the project's dags folder: it appears here within a second.")}</Nothing>
  );
}
