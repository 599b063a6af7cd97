import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { scheduleText } from "../format/schedule-text.ts";

/** A schedule in words; its machine form and time zone on hover. */
export function ScheduleText({ schedule, timezone }: { schedule: string | null; timezone: string | null }) {
  const { t, i18n } = useTranslation();
  const text = scheduleText(schedule, t, i18n.language);
  if (schedule === null) return <span>{text}</span>;
  return (
    <Tooltip label={timezone === null ? schedule : `${schedule} · ${timezone}`}>
      <span className={text === schedule ? "pf-mono" : ""}>{text}</span>
    </Tooltip>
  );
}
