import type { UiDataEntity } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import type { DataLoad } from "../../api/data.ts";
import classes from "../../data/data.module.css";
import { HistoryBars } from "../../data/history-bars.tsx";
import { LoadBadge } from "../../data/load-badge.tsx";
import { useFormat } from "../../format/format-provider.tsx";
import { ListTable } from "../../lists/list-table.tsx";
import { Card } from "../../ui/card.tsx";
import { Nothing } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";

/** Loads of the table: how many rows, how long, with what end. */
export function LoadsTab({ entity }: { entity: UiDataEntity }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [newest] = entity.loads;
  if (newest === undefined) return <Nothing title={t("Never loaded")}>{t("Run a process that loads it.")}</Nothing>;
  const oldestFirst = entity.loads.toReversed();
  const stateOf = (load: DataLoad): string => (load.status === "failed" ? "failed" : "success");
  const chart = (title: string, valueOf: (load: DataLoad) => number, write: (value: number) => string) => (
    <Chart
      title={title}
      latest={write(valueOf(newest))}
      bars={oldestFirst.map((load) => ({
        key: load.load_id,
        value: valueOf(load),
        state: stateOf(load),
        label: `${format.shortInstant(load.finished_at)}: ${write(valueOf(load))}`,
      }))}
    />
  );
  return (
    <>
      <div className={classes["charts"]}>
        {chart(t("Rows loaded"), (load) => load.loaded, format.number)}
        {chart(t("Duration"), (load) => load.duration_ms ?? 0, format.duration)}
        {chart(t("Rejected rows"), (load) => load.rejected, format.number)}
      </div>
      <ListTable<DataLoad>
        label={t("Loads")}
        rows={entity.loads}
        keyOf={(load) => load.load_id}
        columns={[
          { header: t("End"), cell: (load) => <LoadBadge status={load.status} />, fixed: true },
          { header: t("When"), cell: (load) => <When at={load.finished_at} />, fixed: true },
          { header: t("Flow"), cell: (load) => load.flow },
          { header: t("File"), cell: (load) => <FileCell load={load} /> },
          { header: t("Read"), cell: (load) => format.number(load.read), align: "end" },
          { header: t("Inserted"), cell: (load) => format.number(load.inserted), align: "end" },
          { header: t("Updated"), cell: (load) => format.number(load.updated), align: "end" },
          { header: t("Rejected"), cell: (load) => format.number(load.rejected), align: "end" },
          { header: t("Duration"), cell: (load) => (load.duration_ms === null ? "—" : format.duration(load.duration_ms)), fixed: true },
        ]}
      />
    </>
  );
}

interface ChartProps {
  readonly title: string;
  /** The value of the last load. */
  readonly latest: string;
  readonly bars: Parameters<typeof HistoryBars>[0]["bars"];
}

function Chart({ title, latest, bars }: ChartProps) {
  return (
    <Card title={title} aside={<span className={classes["chartValue"]}>{latest}</span>}>
      <div className={classes["chart"]}>
        <HistoryBars label={title} bars={bars} />
      </div>
    </Card>
  );
}

function FileCell({ load }: { load: DataLoad }) {
  const format = useFormat();
  return (
    <span className={classes["name"]}>
      <span>{load.file}</span>
      <span className={classes["dim"]}>{load.error ?? format.bytes(load.bytes)}</span>
    </span>
  );
}
