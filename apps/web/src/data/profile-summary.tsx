import { useTranslation } from "react-i18next";
import type { DataColumn } from "../api/data.ts";
import { useFormat } from "../format/format-provider.tsx";
import { HistoryBars } from "./history-bars.tsx";
import classes from "./data.module.css";

/** What the values of a column look like: how many, from where to where, how they are spread. */
export function ProfileSummary({ profile }: { profile: NonNullable<DataColumn["profile"]> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = profile.rows === 0 ? 0 : Math.round((100 * profile.nulls) / profile.rows);
  return (
    <div className={classes["profile"]}>
      <span>{t("{{formatted}} different value", { count: profile.distinct, formatted: format.number(profile.distinct) })}</span>
      {profile.nulls > 0 && <span>{t("{{share}} % empty", { share: format.number(share) })}</span>}
      {profile.min !== null && (
        <span>
          {profile.min} … {profile.max}
        </span>
      )}
      {profile.histogram.length > 1 && (
        <HistoryBars
          label={t("Spread of the values")}
          bars={profile.histogram.map((bucket) => ({
            key: String(bucket.from),
            value: bucket.count,
            state: "running",
            label: `${format.number(bucket.from)} … ${format.number(bucket.to)}: ${format.number(bucket.count)}`,
          }))}
        />
      )}
      {profile.histogram.length <= 1 && profile.topValues.length > 0 && (
        <span className={classes["dim"]}>
          {profile.topValues
            .slice(0, 4)
            .map((top) => `${top.value} (${format.number(top.count)})`)
            .join(", ")}
        </span>
      )}
    </div>
  );
}
