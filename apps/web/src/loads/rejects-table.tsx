import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LoadReport } from "../api/runs.ts";
import { useRejectWords } from "../data/use-reject-words.ts";
import { useFormat } from "../format/format-provider.tsx";
import { download } from "../ui/download.ts";
import table from "../ui/table.module.css";
import { csvText } from "./csv-text.ts";
import classes from "./load-card.module.css";

const SHOWN_AT_FIRST = 10;

/** Cells that could not be loaded, each with the place in the file and the reason. */
export function RejectsTable({ report }: { report: LoadReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { reasonOf, columnOf } = useRejectWords();
  const [all, setAll] = useState(false);
  const { rejects, rows } = report;
  const shown = all ? rejects : rejects.slice(0, SHOWN_AT_FIRST);
  const save = () => {
    const header = [t("Row"), t("Column"), t("Value"), t("Reason")];
    const csv = csvText([header, ...rejects.map((reject) => [String(reject.row), reject.column, reject.value, reasonOf(reject.reason)])]);
    download(`${report.target.table}-rejects.csv`, csv, "text/csv");
  };
  return (
    <section>
      <div className={classes["subhead"]}>
        <h3 className={classes["subtitle"]}>{t("Rejected rows")}</h3>
        <span className={table["dim"]}>
          {t("{{formatted}} row", { count: rows.rejected, formatted: format.number(rows.rejected) })}
          {rejects.length < rows.rejected && ` · ${t("here the first {{count}} value", { count: rejects.length })}`}
        </span>
        <Button size="xs" variant="default" leftSection={<IconDownload size={15} />} onClick={save} ms="auto">
          {t("Download CSV")}
        </Button>
      </div>
      <div className={classes["scroll"]}>
        <table className={table["table"]} aria-label={t("Rejected rows")}>
          <thead>
            <tr>
              <th scope="col" data-align="end">
                {t("Row")}
              </th>
              <th scope="col">{t("Column")}</th>
              <th scope="col">{t("Value")}</th>
              <th scope="col">{t("Reason")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((reject, index) => (
              <tr key={index}>
                <td data-align="end">{format.number(reject.row)}</td>
                <td className="pf-mono">{columnOf(reject.column)}</td>
                <td className="pf-mono">{reject.value === null ? <i className={table["dim"]}>{t("empty")}</i> : reject.value}</td>
                <td>{reasonOf(reject.reason)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rejects.length > SHOWN_AT_FIRST && (
        <Button variant="subtle" size="xs" mt={8} onClick={() => setAll(!all)}>
          {all ? t("Show fewer") : t("Show all {{count}} value", { count: rejects.length })}
        </Button>
      )}
    </section>
  );
}
