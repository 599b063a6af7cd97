import { SegmentedControl } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RawGrid as Grid } from "../../../api/layouts.ts";
import classes from "./designer.module.css";
import grids from "./grid.module.css";
import { fieldsOf, headerHints, headerRowsOf, lettersOf, rangeOf } from "./layout-model.ts";
import type { Designer } from "./use-designer.ts";

type Mode = "header" | "first" | "last";
const MOST_COLUMNS = 60;
const MOVES: { readonly [key: string]: readonly [row: number, column: number] } = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

interface RawGridProps {
  readonly designer: Designer;
  readonly grid: Grid;
  readonly selected: number;
  readonly select: (index: number) => void;
}

/** The file as it lies there: a click or Enter says which rows are the header, where the table begins, and which column is its last. */
export function RawGrid({ designer, grid, selected, select }: RawGridProps) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Mode>("header");
  const { draft, restructure } = designer;
  if (draft === undefined) return null;
  const { layout } = draft;
  const isSheet = grid.sheets.length > 0;
  const range = rangeOf(layout);
  const header = headerRowsOf(layout, grid);
  const choose = (row: number, column: number): void => {
    if (restructure.isPending) return;
    if (!isSheet || mode === "header") restructure.mutate(headerHints(layout, toggled(header, row)));
    else if (mode === "first")
      restructure.mutate(
        headerHints(
          layout,
          header.filter((one) => one >= row),
          { ...range, firstRow: row, firstColumn: column },
        ),
      );
    else restructure.mutate(headerHints(layout, header, { ...range, lastColumn: column < range.firstColumn ? undefined : column }));
  };
  return (
    <>
      <div className={grids["gridHead"]}>
        <span className={classes["dim"]}>{t("A click or Enter sets")}</span>
        <SegmentedControl
          size="xs"
          aria-label={t("What a click sets")}
          value={isSheet ? mode : "header"}
          onChange={(value) => setMode(value as Mode)}
          data={[
            { value: "header", label: t("Header rows") },
            ...(isSheet
              ? [
                  { value: "first", label: t("First cell") },
                  { value: "last", label: t("Last column") },
                ]
              : []),
          ]}
        />
        {grid.isCut && <span className={classes["dim"]}>{t("the first {{count}} row", { count: grid.rows.length })}</span>}
      </div>
      <GridTable
        grid={grid}
        choose={choose}
        header={header}
        range={range}
        selected={selected}
        select={select}
        fields={fieldsOf(layout).length}
      />
    </>
  );
}

function toggled(rows: readonly number[], row: number): readonly number[] {
  return rows.includes(row) ? rows.filter((one) => one !== row) : [...rows, row];
}

interface GridTableProps {
  readonly grid: Grid;
  readonly choose: (row: number, column: number) => void;
  readonly header: readonly number[];
  readonly range: ReturnType<typeof rangeOf>;
  readonly selected: number;
  readonly select: (index: number) => void;
  readonly fields: number;
}

function GridTable({ grid, choose, header, range, selected, select, fields }: GridTableProps) {
  const { t } = useTranslation();
  const [active, setActive] = useState<readonly [number, number]>([0, 0]);
  const table = useRef<HTMLTableElement>(null);
  const width = Math.min(MOST_COLUMNS, Math.max(1, ...grid.rows.map((row) => row.cells.length)));
  const columns = Array.from({ length: width }, (_, index) => index + 1);
  const isIn = (row: number, column: number): boolean =>
    row >= range.firstRow && row <= (range.lastRow ?? row) && column >= range.firstColumn && column <= (range.lastColumn ?? column);
  const key = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    const [row, column] = active;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const number = grid.rows[row]?.number;
      if (number !== undefined) choose(number, column + 1);
    } else if (move !== undefined) {
      event.preventDefault();
      const next = [clamped(row + move[0], grid.rows.length), clamped(column + move[1], width)] as const;
      setActive(next);
      table.current?.querySelector<HTMLElement>(`[data-cell="${next[0]}-${next[1]}"]`)?.focus();
    }
  };
  return (
    <div className={grids["grid"]}>
      <table ref={table} role="grid" aria-label={t("The file as it is")} onKeyDown={key}>
        <thead>
          <tr>
            <th scope="col">{t("Row")}</th>
            {columns.map((column) => {
              const field = column - range.firstColumn;
              return (
                <th key={column} scope="col" data-chosen={field === selected ? "" : undefined}>
                  {field >= 0 && field < fields ? (
                    <button
                      type="button"
                      tabIndex={-1}
                      aria-label={t("Column {{name}}", { name: lettersOf(column) })}
                      onClick={() => select(field)}
                    >
                      {lettersOf(column)}
                    </button>
                  ) : (
                    lettersOf(column)
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {grid.rows.map((row, index) => (
            <tr key={row.number} data-header={header.includes(row.number) ? "" : undefined} data-hidden={row.isHidden ? "" : undefined}>
              <th scope="row">{row.number}</th>
              {columns.map((column) => (
                <td
                  key={column}
                  role="gridcell"
                  data-cell={`${index}-${column - 1}`}
                  data-out={isIn(row.number, column) ? undefined : ""}
                  aria-selected={header.includes(row.number)}
                  tabIndex={active[0] === index && active[1] === column - 1 ? 0 : -1}
                  onFocus={() => setActive([index, column - 1])}
                  onClick={() => choose(row.number, column)}
                >
                  {row.cells[column - 1] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function clamped(value: number, length: number): number {
  return Math.min(Math.max(value, 0), length - 1);
}
