import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type SyntheticEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiGrid } from "../api/dags.ts";
import { elapsedMs } from "../format/duration.ts";
import { barHeights } from "../process/bar-heights.ts";
import { GridCells, GridHead } from "./grid-cells.tsx";
import { GridCaption } from "./grid-caption.tsx";
import { type GridPosition, gridColumns, moveInGrid } from "./grid-model.ts";
import classes from "./run-grid.module.css";

export const CELL_WIDTH = 26;
const ROW_HEIGHT = 28;
const BAR_HEIGHT = 64;

/** Runs × tasks. One stop of the Tab key; arrows move within, Enter opens. Only cells in view exist. */
export function RunGrid({ dagId, grid }: { dagId: string; grid: UiGrid }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => gridColumns(grid), [grid]);
  const tasks = grid.task_ids;
  const [active, setActive] = useState<GridPosition>({ row: -1, column: columns.length - 1 });
  const [pointed, setPointed] = useState<GridPosition | null>(null);
  const rowVirtualizer = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const columnVirtualizer = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CELL_WIDTH,
    overscan: 8,
  });
  const heights = useMemo(
    () =>
      barHeights(
        columns.map(({ run }) => elapsedMs(run.start_date, run.end_date, Date.now())),
        BAR_HEIGHT,
      ),
    [columns],
  );
  useEffect(() => {
    // The newest run is what people come for.
    if (scroller.current) scroller.current.scrollLeft = scroller.current.scrollWidth;
  }, [columns.length]);

  const open = ({ row, column }: GridPosition) => {
    const runId = columns[column]?.run.run_id;
    const taskId = tasks[row];
    if (runId === undefined) return;
    void (taskId === undefined
      ? navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId } })
      : navigate({ to: "/dags/$dagId/runs/$runId/tasks/$taskId", params: { dagId, runId, taskId } }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(active);
      return;
    }
    const next = moveInGrid(active, event.key, { rows: tasks.length, columns: columns.length });
    if (!next) return;
    event.preventDefault();
    setActive(next);
    if (next.row >= 0) rowVirtualizer.scrollToIndex(next.row);
    columnVirtualizer.scrollToIndex(next.column);
    requestAnimationFrame(() => cellAt(scroller.current, next)?.focus());
  };
  const onCell = (act: (position: GridPosition) => void) => (event: SyntheticEvent) => {
    const position = positionOf(event.target);
    if (position) act(position);
  };
  const shown = pointed ?? active;
  return (
    <div className={classes["box"]}>
      <GridCaption column={columns[shown.column]} taskId={tasks[shown.row]} />
      <div
        ref={scroller}
        className={classes["scroller"]}
        role="grid"
        aria-label={t("Runs and tasks")}
        aria-rowcount={tasks.length + 1}
        aria-colcount={columns.length + 1}
        onKeyDown={onKeyDown}
        onClick={onCell(open)}
        onMouseOver={onCell(setPointed)}
        onMouseLeave={() => setPointed(null)}
        onFocus={onCell(setActive)}
      >
        <GridHead
          columns={columns}
          heights={heights}
          items={columnVirtualizer.getVirtualItems()}
          width={columnVirtualizer.getTotalSize()}
          active={active}
        />
        <div style={{ height: rowVirtualizer.getTotalSize(), position: "relative" }} role="rowgroup">
          {rowVirtualizer.getVirtualItems().map((row) => (
            <GridCells
              key={row.key}
              row={row.index}
              top={row.start}
              taskId={tasks[row.index] ?? ""}
              columns={columns}
              items={columnVirtualizer.getVirtualItems()}
              width={columnVirtualizer.getTotalSize()}
              activeColumn={active.row === row.index ? active.column : null}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function positionOf(target: EventTarget): GridPosition | null {
  const cell = target instanceof Element ? target.closest("[data-column]") : null;
  if (!(cell instanceof HTMLElement)) return null;
  return { row: Number(cell.dataset["row"]), column: Number(cell.dataset["column"]) };
}

function cellAt(scroller: HTMLElement | null, { row, column }: GridPosition): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`) ?? null;
}
