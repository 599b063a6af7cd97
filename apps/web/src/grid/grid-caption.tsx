import { useTranslation } from "react-i18next";
import type { UiRunSummary } from "../api/dags.ts";
import { useFormat } from "../format/format-provider.tsx";
import { RUN_TYPE_LABELS } from "../state/run-type-label.ts";
import { StateBadge } from "../state/state-badge.tsx";
import { Elapsed } from "../ui/when.tsx";
import type { GridCell, GridRow } from "./grid-model.ts";
import classes from "./run-grid.module.css";

interface GridCaptionProps {
  readonly run: UiRunSummary | undefined;
  /** Undefined: the run itself is pointed at. */
  readonly row: GridRow | undefined;
  readonly cell: GridCell | undefined;
}

/** What the pointer or the keyboard is on; in one fixed place, so that nothing flickers over the cells. */
export function GridCaption({ run, row, cell }: GridCaptionProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!run) return null;
  return (
    <div className={classes["caption"]}>
      <strong>{row?.id ?? t("Run")}</strong>
      <StateBadge state={row ? (cell?.state ?? null) : run.state} bare />
      <span>
        {row ? <CellDuration run={run} cell={cell} /> : <Elapsed start={run.start_date} end={run.end_date} live={run.end_date === null} />}
      </span>
      {cell && cell.count > 1 && <span className={classes["dim"]}>{t("{{count}} instance", { count: cell.count })}</span>}
      <span className={classes["dim"]}>
        {format.instant(run.run_after)} · {t(RUN_TYPE_LABELS[run.run_type])}
      </span>
    </div>
  );
}

function CellDuration({ run, cell }: { run: UiRunSummary; cell: GridCell | undefined }) {
  const format = useFormat();
  if (!cell || cell.offsetMs === null) return <span>—</span>;
  if (cell.durationMs !== null) return <span>{format.duration(cell.durationMs)}</span>;
  const start = new Date(Date.parse(run.start_date ?? run.run_after) + cell.offsetMs).toISOString();
  return <Elapsed start={start} end={null} live={cell.state === "running"} />;
}
