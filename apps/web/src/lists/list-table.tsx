import { Checkbox } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import table from "../ui/table.module.css";
import classes from "./lists.module.css";
import type { Selection } from "./use-selection.ts";

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Does not wrap. */
  readonly fixed?: boolean;
  readonly align?: "end";
  /** Greyed: of less weight than the rest. */
  readonly dim?: boolean;
}

interface ListTableProps<Row> {
  /** What the rows are, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** How a row is called, for its checkbox. */
  readonly nameOf?: (row: Row) => string;
  readonly selection?: Selection | undefined;
  /** Buttons at the end of a row. */
  readonly actions?: ((row: Row) => ReactNode) | undefined;
}

/** Rows under headers, with checkboxes and buttons where there is something to do. */
export function ListTable<Row>({ label, columns, rows, keyOf, nameOf = keyOf, selection, actions }: ListTableProps<Row>) {
  const { t } = useTranslation();
  return (
    <div className={table["holder"]} role="region" aria-label={label} tabIndex={0}>
      <table className={table["table"]} aria-label={label}>
        <thead>
          <tr>
            {selection && (
              <th scope="col" className={classes["check"]}>
                <Checkbox
                  size="xs"
                  aria-label={t("Select all")}
                  checked={rows.length > 0 && selection.keys.size === rows.length}
                  indeterminate={selection.keys.size > 0 && selection.keys.size < rows.length}
                  onChange={(event) => selection.set(event.currentTarget.checked ? rows.map(keyOf) : [])}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.header} scope="col" data-align={column.align}>
                {column.header}
              </th>
            ))}
            {actions && (
              <th scope="col" className={classes["actionsCell"]} data-align="end">
                {t("Actions")}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} data-key={keyOf(row)}>
              {selection && (
                <td className={classes["check"]}>
                  <Checkbox
                    size="xs"
                    aria-label={t("Select {{name}}", { name: nameOf(row) })}
                    checked={selection.keys.has(keyOf(row))}
                    onChange={() => selection.toggle(keyOf(row))}
                  />
                </td>
              )}
              {columns.map((column) => (
                <td
                  key={column.header}
                  data-fixed={column.fixed ? "" : undefined}
                  data-align={column.align}
                  className={column.dim ? table["dim"] : undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
              {actions && (
                <td className={classes["actionsCell"]} data-align="end">
                  {actions(row)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
