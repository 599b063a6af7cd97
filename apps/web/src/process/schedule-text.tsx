import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { UiDag } from "../api/dags.ts";
import { assetScheduleText, scheduleText } from "../format/schedule-text.ts";

/** What only a machine form is made of; descriptions of one's own timetables have words. */
const MACHINE_FORM = /^[\d\s*/,#?|A-Z-]+$/;

/** The schedule of a process in words; its machine form and time zone on hover. */
export function ScheduleText({ dag }: { dag: Pick<UiDag, "schedule" | "timezone" | "asset_schedule"> }) {
  const { t, i18n } = useTranslation();
  const { schedule, timezone, asset_schedule: assets } = dag;
  const text = assets ? assetScheduleText(assets, t, i18n.language) : scheduleText(schedule, t, i18n.language);
  if (schedule === null) return <span>{text}</span>;
  return (
    <Tooltip label={timezone === null ? schedule : `${schedule} · ${timezone}`}>
      <span className={text === schedule && MACHINE_FORM.test(schedule) ? "pf-mono" : ""}>{text}</span>
    </Tooltip>
  );
}
