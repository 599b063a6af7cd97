import { useTranslation } from "react-i18next";
import type { BackfillPreview } from "../../api/backfills.ts";
import { useFormat } from "../../format/format-provider.tsx";
import lists from "../../lists/lists.module.css";
import { skipReason } from "./skip-reasons.ts";

/** What a backfill would do for each date, and why it would leave others alone. */
export function BackfillPreviewList({ preview }: { preview: BackfillPreview }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section aria-label={t("Preview")} role="status">
      <p className={lists["hint"]}>
        {t("{{count}} run will be made", { count: preview.backfills.length })}
        {preview.skipped.length > 0 && `; ${t("{{count}} date is left out", { count: preview.skipped.length })}`}
      </p>
      <ul className={lists["names"]}>
        {preview.backfills.map((date) => (
          <li key={date.logical_date}>
            {format.instant(date.logical_date)} — {date.action === "create" ? t("new run") : t("runs again")}
          </li>
        ))}
        {preview.skipped.map((date) => (
          <li key={date.logical_date}>
            {format.instant(date.logical_date)} — {t(skipReason(date.reason))}
          </li>
        ))}
      </ul>
    </section>
  );
}
