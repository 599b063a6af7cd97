import { VisuallyHidden } from "@mantine/core";
import type { VirtualItem } from "@tanstack/react-virtual";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { STATE_LABELS, stateOf } from "../state/state-label.ts";
import type { GridColumn, GridPosition } from "./grid-model.ts";
import classes from "./run-grid.module.css";

interface GridHeadProps {
  readonly columns: readonly GridColumn[];
  readonly heights: readonly number[];
  readonly items: readonly VirtualItem[];
  readonly width: number;
  readonly active: GridPosition;
}

/** The row of runs: a bar each, as long as the run took. */
export function GridHead({ columns, heights, items, width, active }: GridHeadProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div role="rowgroup" className={classes["head"]}>
      <div role="row" aria-rowindex={1} className={classes["row"]}>
        <div role="columnheader" aria-colindex={1} className={classes["corner"]}>
          {t("Duration")}
        </div>
        <div role="presentation" className={classes["cells"]} style={{ width }}>
          {items.map((item) => {
            const run = columns[item.index]?.run;
            return (
              run && (
                <div
                  key={item.key}
                  role="columnheader"
                  aria-colindex={item.index + 2}
                  tabIndex={active.row === -1 && active.column === item.index ? 0 : -1}
                  data-row={-1}
                  data-column={item.index}
                  data-state={run.state}
                  className={classes["bar"]}
                  style={{ insetInlineStart: item.start }}
                >
                  <VisuallyHidden>{`${t(STATE_LABELS[stateOf(run.state)])}, ${format.instant(run.run_after)}`}</VisuallyHidden>
                  <i style={{ height: heights[item.index] }} />
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface GridCellsProps {
  readonly row: number;
  readonly top: number;
  readonly taskId: string;
  readonly columns: readonly GridColumn[];
  readonly items: readonly VirtualItem[];
  readonly width: number;
  readonly activeColumn: number | null;
}

/** One task over the runs. */
export function GridCells({ row, top, taskId, columns, items, width, activeColumn }: GridCellsProps) {
  const { t } = useTranslation();
  return (
    <div role="row" aria-rowindex={row + 2} className={`${classes["row"]} ${classes["task"]}`} style={{ top }}>
      <div role="rowheader" aria-colindex={1} className={classes["name"]} title={taskId}>
        {taskId}
      </div>
      <div role="presentation" className={classes["cells"]} style={{ width }}>
        {items.map((item) => {
          const summary = columns[item.index]?.tasks.get(taskId);
          return (
            <div
              key={item.key}
              role="gridcell"
              aria-colindex={item.index + 2}
              aria-label={`${taskId}: ${summary ? t(STATE_LABELS[summary.state]) : t("not part of this run")}`}
              tabIndex={activeColumn === item.index ? 0 : -1}
              data-row={row}
              data-column={item.index}
              data-state={summary?.state}
              className={classes["cell"]}
              style={{ insetInlineStart: item.start }}
            >
              {summary && <span />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
