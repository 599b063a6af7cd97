import { Skeleton } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleXFilled, IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { dashboardQuery, type UiDashboard } from "../../api/dashboard.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { msgid } from "../../i18n/msgid.ts";
import { PageHeader } from "../../shell/page-header.tsx";
import { Card } from "../../ui/card.tsx";
import { Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { ActivityCards } from "./activity.tsx";
import { StateTiles } from "./state-tiles.tsx";
import classes from "./home-page.module.css";

const HEALTH = {
  healthy: { label: msgid("Works"), state: "success", Icon: IconCircleCheckFilled },
  unhealthy: { label: msgid("Does not answer"), state: "failed", Icon: IconCircleXFilled },
  unknown: { label: msgid("Unknown"), state: "queued", Icon: IconHelpCircle },
} as const;

const COMPONENTS: Readonly<Record<string, string>> = {
  database: msgid("Database"),
  metadatabase: msgid("Database"),
  scheduler: msgid("Scheduler"),
  "dag-processor": msgid("DAG processor"),
  dag_processor: msgid("DAG processor"),
  triggerer: msgid("Triggerer"),
  worker: msgid("Worker"),
  workers: msgid("Workers"),
  server: msgid("Server"),
};

/** Is everything well? Components, runs and tasks in numbers. */
export function HomePage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(dashboardQuery);
  return (
    <>
      <PageHeader title={t("Overview")} />
      <div className={classes["content"]}>
        {error && !data ? (
          <Problem error={error} retry={() => void refetch()} />
        ) : data ? (
          <Dashboard data={data} />
        ) : (
          <Skeleton height={320} />
        )}
      </div>
    </>
  );
}

function Dashboard({ data }: { data: UiDashboard }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Card title={t("Components")}>
        <ul className={classes["components"]}>
          {data.components.map((component) => {
            const { label, state, Icon } = HEALTH[component.status];
            const name = COMPONENTS[component.name];
            return (
              <li key={component.name} data-state={state}>
                <Icon size={20} aria-hidden className={classes["health"]} />
                <span>
                  <span className={classes["name"]}>{name === undefined ? component.name : t(name)}</span>
                  <span className={classes["label"]}>
                    {t(label)}
                    {component.last_heartbeat && component.status !== "healthy" && (
                      <>
                        {" · "}
                        {t("last seen")} <When at={component.last_heartbeat} />
                      </>
                    )}
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      </Card>
      <Card title={t("Processes")}>
        <div className={classes["tiles"]}>
          <Link to="/dags" search={{ show: "active" }} className={classes["tile"]}>
            <b>{format.number(data.dags.active)}</b>
            {t("On", { context: "processes" })}
          </Link>
          <Link to="/dags" search={{ show: "paused" }} className={classes["tile"]}>
            <b>{format.number(data.dags.paused)}</b>
            {t("Paused", { context: "processes" })}
          </Link>
          <Link to="/dags" className={classes["tile"]} data-state={data.dags.import_errors > 0 ? "failed" : undefined}>
            <b>{format.number(data.dags.import_errors)}</b>
            {t("Import errors")}
          </Link>
        </div>
      </Card>
      <Card title={t("Runs")}>
        <StateTiles counts={data.runs} always={["running", "queued", "failed", "success"]} />
      </Card>
      <Card title={t("Tasks")}>
        <StateTiles counts={data.task_instances} always={["running", "queued"]} />
      </Card>
      <ActivityCards />
    </>
  );
}
