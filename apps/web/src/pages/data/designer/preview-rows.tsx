import { Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LayoutPreview } from "../../../api/layouts.ts";
import table from "../../../ui/table.module.css";
import { useRejectWords } from "../../../data/use-reject-words.ts";
import grids from "./grid.module.css";

/** The first rows as a load would make them; cells that it would reject are marked with the reason. */
export function PreviewRows({ preview, selected }: { preview: LayoutPreview; selected: number }) {
  const { t } = useTranslation();
  const [raw, setRaw] = useState(false);
  const { reasonOf } = useRejectWords();
  const reasons = new Map(preview.rejects.map((reject) => [`${reject.row} ${reject.column}`, reject.reason]));
  const rows = [...preview.records, ...preview.refused].toSorted((left, right) => left.row - right.row);
  return (
    <>
      <Switch
        size="xs"
        mb={8}
        label={t("Show cells as the file has them")}
        checked={raw}
        onChange={(event) => setRaw(event.currentTarget.checked)}
      />
      <div className={grids["rows"]} tabIndex={0} role="region" aria-label={t("Rows")}>
        <table className={table["table"]} aria-label={t("Rows")}>
          <thead>
            <tr>
              <th scope="col" data-align="end">
                {t("Row")}
              </th>
              {preview.fields.map((field, index) => (
                <th key={field} scope="col" data-chosen={index === selected ? "" : undefined}>
                  {field}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.row}>
                <td data-align="end" className={table["dim"]}>
                  {row.row}
                </td>
                {preview.fields.map((field, index) => {
                  const reason = reasons.get(`${row.row} ${field}`);
                  const text = raw || reason !== undefined ? row.values[index] : row.cast[index];
                  return (
                    <td
                      key={field}
                      data-bad={reason === undefined ? undefined : ""}
                      title={reason === undefined ? undefined : reasonOf(reason)}
                      className="pf-mono"
                    >
                      {text ?? <i className={table["dim"]}>{t("empty")}</i>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
