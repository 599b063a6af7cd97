import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiActivity } from "@polyflow/contracts/wire";
import { activityQuery } from "../../api/dashboard.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { StateIcon } from "../../state/state-icon.tsx";
import { Card } from "../../ui/card.tsx";
import classes from "./activity.module.css";
import { HistoryChart } from "./history-chart.tsx";

/** What happened in the last day: history, processes that fail, runs that took long; and how full the pools are. */
export function ActivityCards() {
  const { t } = useTranslation();
  const { data } = useQuery(activityQuery);
  if (!data) return null;
  return (
    <>
      <Card title={t("Runs of the last 24 hours")}>
        <HistoryChart hours={data.hours} />
      </Card>
      <div className={classes["columns"]}>
        <Card title={t("Processes that fail")}>
          <Failing rows={data.failing} />
        </Card>
        <Card title={t("Longest runs")}>
          <Slowest rows={data.slowest} />
        </Card>
        {data.pools && (
          <Card title={t("Pools")}>
            <Pools rows={data.pools} />
          </Card>
        )}
      </div>
    </>
  );
}

function Failing({ rows }: { rows: UiActivity["failing"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (rows.length === 0) return <p className={classes["none"]}>{t("No run has failed.")}</p>;
  return (
    <ul className={classes["rows"]}>
      {rows.map((row) => (
        <li key={row.dag_id}>
          <Link to="/dags/$dagId" params={{ dagId: row.dag_id }}>
            {row.name}
          </Link>
          <Link
            to="/dags/$dagId/runs/$runId"
            params={{ dagId: row.dag_id, runId: row.last_failed_run_id }}
            className={classes["failed"]}
            data-state="failed"
          >
            {t("{{failed}} of {{total}} failed", { failed: format.number(row.failed), total: format.number(row.total) })}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Slowest({ rows }: { rows: UiActivity["slowest"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (rows.length === 0) return <p className={classes["none"]}>{t("No run has ended.")}</p>;
  return (
    <ul className={classes["rows"]}>
      {rows.map((row) => (
        <li key={`${row.dag_id} ${row.run_id}`}>
          <Link to="/dags/$dagId/runs/$runId" params={{ dagId: row.dag_id, runId: row.run_id }} data-state={row.state}>
            <StateIcon state={row.state} size={15} /> {row.name}
          </Link>
          <span>{format.duration(row.duration_ms)}</span>
        </li>
      ))}
    </ul>
  );
}

function Pools({ rows }: { rows: NonNullable<UiActivity["pools"]> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className={classes["rows"]}>
      {rows.map((pool) => {
        const share = (slots: number) => (pool.slots <= 0 ? 0 : Math.min(100, (slots / pool.slots) * 100));
        const used = pool.running + pool.queued;
        const text =
          pool.slots < 0
            ? t("{{used}} used, no limit", { used: format.number(used) })
            : t("{{used}} of {{slots}} used, {{waiting}} waiting", {
                used: format.number(used),
                slots: format.number(pool.slots),
                waiting: format.number(pool.scheduled),
              });
        return (
          <li key={pool.name} className={classes["pool"]}>
            <span>{pool.name}</span>
            <span>{text}</span>
            <Progress.Root size={8}>
              <Progress.Section value={share(pool.running)} color="var(--pf-running)" aria-label={`${pool.name}: ${text}`} />
              <Progress.Section value={share(pool.queued)} color="var(--pf-queued)" aria-label={`${pool.name}: ${text}`} />
            </Progress.Root>
          </li>
        );
      })}
    </ul>
  );
}
