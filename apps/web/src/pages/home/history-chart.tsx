import type { UiActivity } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/format-provider.tsx";
import classes from "./activity.module.css";

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** Ended runs hour by hour, failed ones on top of those that succeeded. */
export function HistoryChart({ hours }: { hours: UiActivity["hours"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const current = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const known = new Map(hours.map((hour) => [Date.parse(hour.at), hour]));
  const shown = Array.from({ length: HOURS }, (_, index) => {
    const at = current - (HOURS - 1 - index) * HOUR_MS;
    const { success = 0, failed = 0 } = known.get(at) ?? {};
    return { at: new Date(at).toISOString(), success, failed };
  });
  const most = Math.max(1, ...shown.map((hour) => hour.success + hour.failed));
  const total = (of: "success" | "failed") => shown.reduce((sum, hour) => sum + hour[of], 0);
  const summary = t("Succeeded: {{success}}, failed: {{failed}}", {
    success: format.number(total("success")),
    failed: format.number(total("failed")),
  });
  return (
    <>
      <p className={classes["summary"]}>{summary}</p>
      <div className={classes["history"]} role="img" aria-label={summary}>
        {shown.map((hour) => (
          <div
            key={hour.at}
            className={classes["hour"]}
            title={`${format.shortInstant(hour.at)} — ${t("Succeeded: {{success}}, failed: {{failed}}", { success: hour.success, failed: hour.failed })}`}
          >
            <i data-state="failed" style={{ height: `${(hour.failed / most) * 100}%` }} />
            <i data-state="success" style={{ height: `${(hour.success / most) * 100}%` }} />
          </div>
        ))}
      </div>
      <div className={classes["scale"]} aria-hidden>
        <span>{format.shortInstant(shown[0]?.at ?? "")}</span>
        <span>{format.shortInstant(shown.at(-1)?.at ?? "")}</span>
      </div>
    </>
  );
}
