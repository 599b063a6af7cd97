import { useTranslation } from "react-i18next";
import type { LoadReport } from "../api/runs.ts";
import { useFormat } from "../format/format-provider.tsx";
import classes from "./load-card.module.css";

/** What became of the rows that were read, and of the target's rows. */
export function RowCounts({ rows }: { rows: LoadReport["rows"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (part: number) => (rows.read === 0 ? 0 : (part / rows.read) * 100);
  const counts = [
    { name: t("Read"), value: rows.read },
    { name: t("Loaded"), value: rows.loaded, state: "success" },
    { name: t("Rejected"), value: rows.rejected, state: rows.rejected > 0 ? "failed" : undefined },
    ...(rows.filtered > 0 ? [{ name: t("Filtered out"), value: rows.filtered }] : []),
    { name: t("Inserted"), value: rows.inserted },
    { name: t("Updated"), value: rows.updated },
    { name: t("Unchanged"), value: rows.unchanged },
    ...(rows.deleted > 0 ? [{ name: t("Deleted"), value: rows.deleted }] : []),
    { name: t("In the table now"), value: rows.target },
  ];
  return (
    <>
      <div className={classes["share"]} aria-hidden>
        <div data-state="success" style={{ width: `${share(rows.loaded)}%` }} />
        <div data-state="failed" style={{ width: `${share(rows.rejected)}%` }} />
      </div>
      <dl className={classes["counts"]}>
        {counts.map(({ name, value, state }) => (
          <div key={name} data-state={state}>
            <dt>{name}</dt>
            <dd>{format.number(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
