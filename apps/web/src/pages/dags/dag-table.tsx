import { Skeleton, VisuallyHidden } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DAG_PAGE_SIZE, type DagListFilter, dagListQuery } from "../../api/dags.ts";
import { useWindowRows } from "../../ui/use-window-rows.ts";
import { DagRow } from "./dag-row.tsx";
import classes from "./dag-table.module.css";

const ROW_HEIGHT = 68;

/** Rows on the screen only, and only their pages of the list are asked for: ten thousand processes scroll as ten do. */
export function DagTable({ filter, total }: { filter: DagListFilter; total: number }) {
  const { t } = useTranslation();
  const { body, virtualizer, offset } = useWindowRows(total, ROW_HEIGHT);
  const rows = virtualizer.getVirtualItems();
  const firstPage = Math.floor((rows[0]?.index ?? 0) / DAG_PAGE_SIZE);
  const lastPage = Math.floor((rows.at(-1)?.index ?? 0) / DAG_PAGE_SIZE);
  const pages = Array.from({ length: lastPage - firstPage + 1 }, (_, index) => firstPage + index);
  const answers = useQueries({ queries: pages.map((page) => dagListQuery(filter, page)) });
  return (
    <div className={classes["table"]} role="table" aria-label={t("Processes")} aria-rowcount={total + 1}>
      <div role="rowgroup">
        <div className={classes["head"]} role="row" aria-rowindex={1}>
          <span role="columnheader">{t("On")}</span>
          <span role="columnheader">{t("Process")}</span>
          <span role="columnheader">{t("Schedule")}</span>
          <span role="columnheader">{t("Recent runs")}</span>
          <span role="columnheader">{t("Last run")}</span>
          <span role="columnheader">{t("Tasks")}</span>
          <span role="columnheader">
            <VisuallyHidden>{t("Actions")}</VisuallyHidden>
          </span>
        </div>
      </div>
      <div ref={body} role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {rows.map((row) => {
          const page = Math.floor(row.index / DAG_PAGE_SIZE);
          const dag = answers[page - firstPage]?.data?.dags[row.index % DAG_PAGE_SIZE];
          return (
            <div
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={row.index}
              role="row"
              aria-rowindex={row.index + 2}
              className={classes["row"]}
              style={{ transform: `translateY(${row.start - offset}px)` }}
            >
              {dag ? (
                <DagRow dag={dag} />
              ) : (
                <span role="cell" className={classes["waiting"]}>
                  <Skeleton height={18} />
                </span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
