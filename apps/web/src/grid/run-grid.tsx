import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type SyntheticEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UiGrid } from "../api/grid.ts";
import { elapsedMs } from "../format/duration.ts";
import { barHeights } from "../process/bar-heights.ts";
import { GridCells, GridHead } from "./grid-cells.tsx";
import { GridCaption } from "./grid-caption.tsx";
import { cellOf, type GridPosition, gridRows, moveInGrid } from "./grid-model.ts";
import classes from "./run-grid.module.css";
import { useGridCells } from "./use-grid-cells.ts";

const CELL_WIDTH = 26;
const ROW_HEIGHT = 28;
const BAR_HEIGHT = 64;

/** Runs × tasks, newest on the right. One stop of the Tab key; arrows move within, Enter opens. Only cells in view exist. */
export function RunGrid({ dagId, grid }: { dagId: string; grid: UiGrid }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const runs = useMemo(() => grid.runs.toReversed(), [grid]);
  const rows = useMemo(() => gridRows(grid, closed), [grid, closed]);
  const [active, setActive] = useState<GridPosition>({ row: -1, column: runs.length - 1 });
  const [pointed, setPointed] = useState<GridPosition | null>(null);
  const rowVirtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const columnVirtualizer = useVirtualizer({
    horizontal: true,
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CELL_WIDTH,
    overscan: 8,
    initialOffset: runs.length * CELL_WIDTH,
  });
  const items = columnVirtualizer.getVirtualItems();
  const cells = useGridCells(dagId, runs, items);
  const heights = useMemo(
    () =>
      barHeights(
        runs.map((run) => elapsedMs(run.start_date, run.end_date, Date.now())),
        BAR_HEIGHT,
      ),
    [runs],
  );
  useEffect(() => {
    // The newest run is what people come for.
    if (scroller.current) scroller.current.scrollLeft = scroller.current.scrollWidth;
  }, [runs.length]);

  const toggle = (groupId: string) =>
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(groupId)) next.add(groupId);
      return next;
    });
  const open = ({ row, column }: GridPosition) => {
    const runId = runs[column]?.run_id;
    const shown = rows[row];
    if (runId === undefined) return;
    if (shown?.kind === "group") toggle(shown.id);
    else if (shown === undefined) void navigate({ to: "/dags/$dagId/runs/$runId", params: { dagId, runId } });
    else void navigate({ to: "/dags/$dagId/runs/$runId/tasks/$taskId", params: { dagId, runId, taskId: shown.id } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLButtonElement) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(active);
      return;
    }
    const next = moveInGrid(active, event.key, { rows: rows.length, columns: runs.length });
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
  const shownRow = rows[shown.row];
  return (
    <div className={classes["box"]}>
      <GridCaption run={runs[shown.column]} row={shownRow} cell={shownRow && cellOf(shownRow, cells.get(shown.column))} />
      <div
        ref={scroller}
        className={classes["scroller"]}
        role="grid"
        aria-label={t("Runs and tasks")}
        aria-rowcount={rows.length + 1}
        aria-colcount={runs.length + 1}
        onKeyDown={onKeyDown}
        onClick={onCell(open)}
        onMouseOver={onCell(setPointed)}
        onMouseLeave={() => setPointed(null)}
        onFocus={onCell(setActive)}
      >
        <GridHead runs={runs} heights={heights} items={items} width={columnVirtualizer.getTotalSize()} active={active} />
        <div style={{ height: rowVirtualizer.getTotalSize(), position: "relative" }} role="rowgroup">
          {rowVirtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <GridCells
                  key={`${row.kind} ${row.id}`}
                  index={item.index}
                  top={item.start}
                  row={row}
                  cells={cells}
                  items={items}
                  width={columnVirtualizer.getTotalSize()}
                  activeColumn={active.row === item.index ? active.column : null}
                  toggle={toggle}
                />
              )
            );
          })}
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
