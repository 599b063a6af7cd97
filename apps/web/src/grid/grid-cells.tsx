import { VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import type { VirtualItem } from "@tanstack/react-virtual";
import { useTranslation } from "react-i18next";
import type { UiRunSummary } from "../api/dags.ts";
import { useFormat } from "../format/format-provider.tsx";
import { STATE_LABELS, stateOf } from "../state/state-label.ts";
import { cellOf, type GridCell, type GridPosition, type GridRow } from "./grid-model.ts";
import classes from "./run-grid.module.css";

interface GridHeadProps {
  readonly runs: readonly UiRunSummary[];
  readonly heights: readonly number[];
  readonly items: readonly VirtualItem[];
  readonly width: number;
  readonly active: GridPosition;
}

/** The row of runs: a bar each, as long as the run took. */
export function GridHead({ runs, heights, items, width, active }: GridHeadProps) {
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
            const run = runs[item.index];
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

/** Cells of the columns in view; undefined where a run's are still on the way. */
export type VisibleCells = ReadonlyMap<number, ReadonlyMap<number, GridCell> | undefined>;

interface GridCellsProps {
  readonly index: number;
  readonly top: number;
  readonly row: GridRow;
  readonly cells: VisibleCells;
  readonly items: readonly VirtualItem[];
  readonly width: number;
  readonly activeColumn: number | null;
  readonly toggle: (groupId: string) => void;
}

/** One task, or a group of tasks, over the runs. */
export function GridCells({ index, top, row, cells, items, width, activeColumn, toggle }: GridCellsProps) {
  const { t } = useTranslation();
  return (
    <div role="row" aria-rowindex={index + 2} className={`${classes["row"]} ${classes["task"]}`} style={{ top }}>
      <div
        role="rowheader"
        aria-colindex={1}
        className={classes["name"]}
        title={row.id}
        style={{ paddingInlineStart: 16 + row.depth * 14 }}
      >
        {row.kind === "group" ? <GroupName row={row} toggle={toggle} /> : row.label}
      </div>
      <div role="presentation" className={classes["cells"]} style={{ width }}>
        {items.map((item) => {
          const known = cells.get(item.index);
          const cell = cellOf(row, known);
          const said = cell ? t(STATE_LABELS[cell.state]) : known ? t("not part of this run") : t("Loading…");
          return (
            <div
              key={item.key}
              role="gridcell"
              aria-colindex={item.index + 2}
              aria-label={`${row.id}: ${said}`}
              tabIndex={activeColumn === item.index ? 0 : -1}
              data-row={index}
              data-column={item.index}
              data-state={cell?.state}
              data-group={row.kind === "group" || undefined}
              className={classes["cell"]}
              style={{ insetInlineStart: item.start }}
            >
              {cell && <span />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function GroupName({ row, toggle }: { row: GridRow; toggle: (groupId: string) => void }) {
  const Chevron = row.opened ? IconChevronDown : IconChevronRight;
  return (
    <button type="button" className={classes["group"]} aria-expanded={row.opened} onClick={() => toggle(row.id)}>
      <Chevron size={14} aria-hidden />
      {row.label}
    </button>
  );
}
