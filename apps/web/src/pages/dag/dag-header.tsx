import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import { FavouriteStar } from "../../process/favourite-star.tsx";
import { PauseSwitch } from "../../process/pause-switch.tsx";
import { ScheduleText } from "../../process/schedule-text.tsx";
import { Tags } from "../../process/tags.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { TriggerButton } from "../../trigger/trigger-button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { When } from "../../ui/when.tsx";
import classes from "./dag-header.module.css";

interface DagHeaderProps {
  readonly dag: UiDag;
  readonly onStarted: (runId: string) => void;
  /** Values that the address wants the start form to open with. */
  readonly linked: ComponentProps<typeof TriggerButton>["linked"];
}

export function DagHeader({ dag, onStarted, linked }: DagHeaderProps) {
  const { t } = useTranslation();
  const last = dag.recent_runs[0];
  return (
    <PageHeader
      title={dag.dag_display_name}
      trail={[
        <Link key="dags" to="/dags">
          {t("Processes")}
        </Link>,
      ]}
      beside={
        <>
          <PauseSwitch dag={dag} size="md" />
          <FavouriteStar dag={dag} size={18} />
          {dag.dag_display_name !== dag.dag_id && <span className={`pf-mono ${classes["id"]}`}>{dag.dag_id}</span>}
        </>
      }
      actions={<TriggerButton dag={dag} onStarted={onStarted} linked={linked} />}
    >
      {dag.description && <p className={classes["description"]}>{dag.description}</p>}
      {dag.has_import_errors && (
        <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} py={8}>
          {t("The file has import errors; the last good version is shown")}
        </Alert>
      )}
      <div className={classes["facts"]}>
        <Facts
          row
          facts={[
            { name: t("Schedule"), value: <ScheduleText dag={dag} /> },
            { name: t("Next run"), value: dag.next_run_after && !dag.is_paused ? <When at={dag.next_run_after} /> : null },
            {
              name: t("Last run"),
              value: last && (
                <Link to="/dags/$dagId/runs/$runId" params={{ dagId: dag.dag_id, runId: last.run_id }} className={classes["run"]}>
                  <StateBadge state={last.state} bare /> <When at={last.start_date ?? last.run_after} />
                </Link>
              ),
            },
          ]}
        />
        <span className={classes["tags"]}>
          <Tags tags={dag.tags} owners={dag.owners} />
        </span>
      </div>
    </PageHeader>
  );
}
