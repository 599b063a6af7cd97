import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { RUN_TYPE_LABELS } from "../state/run-type-label.ts";
import { StateBadge } from "../state/state-badge.tsx";
import { Elapsed } from "../ui/when.tsx";
import type { GridColumn } from "./grid-model.ts";
import classes from "./run-grid.module.css";

/** What the pointer or the keyboard is on; in one fixed place, so that nothing flickers over the cells. */
export function GridCaption({ column, taskId }: { column: GridColumn | undefined; taskId: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!column) return null;
  const { run } = column;
  const summary = taskId === undefined ? undefined : column.tasks.get(taskId);
  const start = taskId === undefined ? run.start_date : (summary?.start ?? null);
  const end = taskId === undefined ? run.end_date : (summary?.end ?? null);
  return (
    <div className={classes["caption"]}>
      <strong>{taskId ?? t("Run")}</strong>
      <StateBadge state={taskId === undefined ? run.state : (summary?.state ?? null)} bare />
      <span>
        <Elapsed start={start} end={end} live={run.end_date === null} />
      </span>
      <span className={classes["dim"]}>
        {format.instant(run.run_after)} · {t(RUN_TYPE_LABELS[run.run_type])}
      </span>
    </div>
  );
}
