import { Tooltip } from "@mantine/core";
import { IconAlertTriangleFilled } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../../api/dags.ts";
import { FavouriteStar } from "../../process/favourite-star.tsx";
import { PauseSwitch } from "../../process/pause-switch.tsx";
import { RunBars } from "../../process/run-bars.tsx";
import { ScheduleText } from "../../process/schedule-text.tsx";
import { Tags } from "../../process/tags.tsx";
import { StateBadge } from "../../state/state-badge.tsx";
import { StateCounts } from "../../state/state-counts.tsx";
import { TriggerIconButton } from "../../trigger/trigger-button.tsx";
import { Elapsed, When } from "../../ui/when.tsx";
import classes from "./dag-table.module.css";

/** The cells of one process in the list. */
export function DagRow({ dag }: { dag: UiDag }) {
  const { t } = useTranslation();
  const last = dag.recent_runs[0];
  const params = { dagId: dag.dag_id };
  return (
    <>
      <span role="cell" className={classes["switch"]}>
        <PauseSwitch dag={dag} />
      </span>
      <span role="cell" className={classes["process"]}>
        <span className={classes["name"]}>
          <Link to="/dags/$dagId" params={params} className={classes["link"]}>
            {dag.dag_display_name}
          </Link>
          <FavouriteStar dag={dag} size={14} />
          {dag.has_import_errors && (
            <Tooltip label={t("The file has import errors; the last good version is shown")}>
              <IconAlertTriangleFilled size={15} className={classes["warning"]} role="img" aria-label={t("Import errors")} />
            </Tooltip>
          )}
        </span>
        <span className={classes["below"]}>
          {dag.dag_display_name !== dag.dag_id && <span className={classes["id"]}>{dag.dag_id}</span>}
          <Tags tags={dag.tags} owners={dag.owners} />
        </span>
      </span>
      <span role="cell" className={classes["schedule"]}>
        <ScheduleText dag={dag} />
        {dag.next_run_after && !dag.is_paused && (
          <span className={classes["dim"]}>
            {t("next")} <When at={dag.next_run_after} />
          </span>
        )}
      </span>
      <span role="cell" className={classes["bars"]}>
        <RunBars dagId={dag.dag_id} runs={dag.recent_runs} />
      </span>
      <span role="cell" className={classes["last"]}>
        {last ? (
          <Link to="/dags/$dagId/runs/$runId" params={{ ...params, runId: last.run_id }} className={classes["run"]}>
            <StateBadge state={last.state} bare />
            <span className={classes["dim"]}>
              <When at={last.start_date ?? last.run_after} />
              {last.start_date && (
                <>
                  {" · "}
                  <Elapsed start={last.start_date} end={last.end_date} live />
                </>
              )}
            </span>
          </Link>
        ) : (
          <span className={classes["dim"]}>{t("No runs yet")}</span>
        )}
      </span>
      <span role="cell" className={classes["tasks"]}>
        <StateCounts counts={dag.recent_task_states} />
      </span>
      <span role="cell" className={classes["actions"]}>
        <TriggerIconButton dag={dag} />
      </span>
    </>
  );
}
