import { Group, Pagination, Select, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { RUN_PAGE_SIZE, runListQuery } from "../../api/runs.ts";
import { RUN_TYPE_LABELS } from "../../state/run-type-label.ts";
import { StateBadge } from "../../state/state-badge.tsx";
import { STATE_LABELS } from "../../state/state-label.ts";
import { Nothing, Problem } from "../../ui/problem.tsx";
import classes from "../../ui/table.module.css";
import { Elapsed, When } from "../../ui/when.tsx";
import type { DagTabProps } from "./dag-page.tsx";
import { dagSearch } from "./dag-search.ts";

const STATES = ["running", "queued", "success", "failed"] as const;

/** All runs of the process, newest first. */
export function RunsTab({ dag, search, change }: DagTabProps) {
  const { t } = useTranslation();
  const page = search.page ?? 1;
  const { data, error, refetch } = useQuery({
    ...runListQuery(dag.dag_id, { state: search.state, page: page - 1 }),
    placeholderData: keepPreviousData,
  });
  const pages = Math.ceil((data?.total_entries ?? 0) / RUN_PAGE_SIZE);
  return (
    <>
      <Group>
        <Select
          w={180}
          aria-label={t("State")}
          placeholder={t("Any state")}
          clearable
          value={search.state ?? null}
          onChange={(state) => change({ state: dagSearch({ state }).state, page: undefined })}
          data={STATES.map((state) => ({ value: state, label: t(STATE_LABELS[state]) }))}
        />
        {data && <span className={classes["dim"]}>{t("{{count}} run", { count: data.total_entries })}</span>}
      </Group>
      {error && !data ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={320} />
      ) : data.dag_runs.length === 0 ? (
        <Nothing title={t("No runs")} />
      ) : (
        <div className={classes["holder"]}>
          <table className={classes["table"]} aria-label={t("Runs")}>
            <thead>
              <tr>
                <th scope="col">{t("State")}</th>
                <th scope="col">{t("Run")}</th>
                <th scope="col">{t("Kind")}</th>
                <th scope="col">{t("Started")}</th>
                <th scope="col">{t("Duration")}</th>
                <th scope="col">{t("Note")}</th>
              </tr>
            </thead>
            <tbody>
              {data.dag_runs.map((run) => (
                <tr key={run.dag_run_id} data-run-id={run.dag_run_id}>
                  <td>
                    <StateBadge state={run.state} />
                  </td>
                  <td data-fixed>
                    <Link to="/dags/$dagId/runs/$runId" params={{ dagId: dag.dag_id, runId: run.dag_run_id }} className="pf-mono">
                      {run.dag_run_id}
                    </Link>
                  </td>
                  <td data-fixed>{t(RUN_TYPE_LABELS[run.run_type])}</td>
                  <td data-fixed>{run.start_date ? <When at={run.start_date} /> : "—"}</td>
                  <td data-fixed>
                    <Elapsed start={run.start_date} end={run.end_date} live />
                  </td>
                  <td className={classes["dim"]}>{run.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages > 1 && (
        <Pagination
          total={pages}
          value={page}
          onChange={(next) => change({ page: next === 1 ? undefined : next })}
          getControlProps={(control) => ({ "aria-label": control === "next" ? t("Next page") : t("Previous page") })}
        />
      )}
    </>
  );
}
