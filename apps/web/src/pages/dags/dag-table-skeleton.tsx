import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./dag-table.module.css";

const ROWS = 8;

export function DagTableSkeleton() {
  const { t } = useTranslation();
  return (
    <div className={classes["table"]} role="status" aria-label={t("Loading…")}>
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} className={classes["ghost"]}>
          <Skeleton height={18} width={34} radius="xl" />
          <Skeleton height={14} width={`${38 + ((index * 17) % 30)}%`} />
          <Skeleton height={14} width={120} />
          <Skeleton height={26} width={92} />
        </div>
      ))}
    </div>
  );
}
