import { Skeleton, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { DagListFilter } from "../../api/dags.ts";
import { useWindowRows } from "../../ui/use-window-rows.ts";
import { DagRow } from "./dag-row.tsx";
import classes from "./dag-table.module.css";
import type { SortOrder } from "./dags-search.ts";
import { useDagPages } from "./use-dag-pages.ts";

const ROW_HEIGHT = 68;
/** Rows that stand for what is still on the way. */
const COMING = 12;

interface DagTableProps {
  readonly filter: DagListFilter;
  readonly sort: SortOrder;
  readonly setSort: (order: SortOrder) => void;
}

/** Rows on the screen only, and only their pages of the list are asked for: ten thousand processes scroll as ten do. */
export function DagTable({ filter, sort, setSort }: DagTableProps) {
  const { t } = useTranslation();
  const { dags, more, look } = useDagPages(filter);
  const count = dags.length + (more ? COMING : 0);
  const { body, rows, placed, isPrinting } = useWindowRows(count, ROW_HEIGHT);
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (!isPrinting) look(first, last);
  });
  const sorting = { sort, setSort };
  return (
    <div className={classes["table"]} role="table" aria-label={t("Processes")} aria-rowcount={more ? -1 : count + 1}>
      <div role="rowgroup">
        <div className={classes["head"]} role="row" aria-rowindex={1}>
          <span role="columnheader">{t("On")}</span>
          <SortHeader {...sorting} up="dag_id" down="-dag_id">
            {t("Process")}
          </SortHeader>
          <SortHeader {...sorting} up="next_run" down="-next_run">
            {t("Schedule")}
          </SortHeader>
          <span role="columnheader">{t("Recent runs")}</span>
          <SortHeader {...sorting} up="-last_run" down="last_run">
            {t("Last run")}
          </SortHeader>
          <span role="columnheader">{t("Tasks")}</span>
          <span role="columnheader">
            <VisuallyHidden>{t("Actions")}</VisuallyHidden>
          </span>
        </div>
      </div>
      <div {...body} role="rowgroup">
        {rows.map((row) => {
          const dag = dags[row.index];
          return (
            <div
              key={dag?.dag_id ?? `coming ${row.index}`}
              {...placed(row)}
              role="row"
              aria-rowindex={row.index + 2}
              data-noprint={dag ? undefined : ""}
              className={classes["row"]}
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

interface SortHeaderProps extends Pick<DagTableProps, "sort" | "setSort"> {
  readonly up: SortOrder;
  readonly down: SortOrder;
  readonly children: ReactNode;
}

/** A column that the list can be ordered by; a second click turns the order round. */
function SortHeader({ sort, setSort, up, down, children }: SortHeaderProps) {
  const chosen = sort === up || sort === down;
  const descends = sort.startsWith("-");
  const Arrow = descends ? IconArrowDown : IconArrowUp;
  return (
    <span role="columnheader" aria-sort={chosen ? (descends ? "descending" : "ascending") : "none"}>
      <UnstyledButton className={classes["sort"]} data-chosen={chosen} onClick={() => setSort(sort === up ? down : up)}>
        {children}
        {chosen && <Arrow size={13} aria-hidden />}
      </UnstyledButton>
    </span>
  );
}
