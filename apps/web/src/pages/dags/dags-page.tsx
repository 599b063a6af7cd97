import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { dagListQuery } from "../../api/dags.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
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
  const filter = filterOf(search);
  const { data, error, refetch, isPlaceholderData } = useQuery({ ...dagListQuery(filter, 0), placeholderData: keepPreviousData });
  // Until a new search has its answer, the rows of the one before stay.
  const [shown, setShown] = useState({ filter, total: 0 });
  useEffect(() => {
    if (data && !isPlaceholderData) setShown({ filter: filterOf(search), total: data.total_entries });
  }, [data, isPlaceholderData, search]);
  const change = useCallback(
    (part: DagsSearch) => {
      void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  return (
    <>
      <PageHeader
        title={t("Processes")}
        actions={<DagsOrder search={search} change={change} />}
        beside={data && <span className={classes["total"]}>{format.number(data.total_entries)}</span>}
      />
      <div className={classes["content"]}>
        {data && <ImportErrors errors={data.import_errors} />}
        <DagsFilters search={search} change={change} tags={data?.tags ?? []} owners={ownersOf(data?.dags)} />
        {error && !data ? (
          <Problem error={error} retry={() => void refetch()} />
        ) : !data ? (
          <DagTableSkeleton />
        ) : data.total_entries === 0 ? (
          <Empty narrowed={isNarrowed(search)} />
        ) : (
          <div style={{ opacity: isPlaceholderData ? 0.6 : 1 }}>
            <DagTable filter={shown.filter} total={shown.total} />
          </div>
        )}
      </div>
    </>
  );
}

function Empty({ narrowed }: { narrowed: boolean }) {
  const { t } = useTranslation();
  if (narrowed) return <Nothing title={t("No process matches")}>{t("Change the search or the filters.")}</Nothing>;
  return (
    <Nothing title={t("No processes yet")}>{t("Put a DAG file into the project's dags folder: it appears here within a second.")}</Nothing>
  );
}

function ownersOf(dags: readonly { readonly owners: readonly string[] }[] = []): readonly string[] {
  return [...new Set(dags.flatMap((dag) => dag.owners))].sort();
}
