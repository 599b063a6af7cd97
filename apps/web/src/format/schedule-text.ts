import type { UiAssetCondition, UiDag } from "@polyflow/contracts/wire";
import type { TFunction } from "i18next";
import { cronText } from "./cron-text.ts";
import { scheduleWords } from "./cron-words.ts";
import { formatDuration } from "./duration.ts";

type AssetSchedule = NonNullable<UiDag["asset_schedule"]>;

/** A schedule in words of the user's language; the expression itself where words would be wrong or long. */
export function scheduleText(schedule: string | null, t: TFunction, language: string): string {
  if (schedule === null) return t("By hand only");
  // Several crons stand side by side; each is a sentence of its own.
  return schedule
    .split(" | ")
    .map((one) => sentence(one, t, language))
    .join("; ");
}

/** Which assets a process waits for, and at what times it runs anyway. */
export function assetScheduleText({ condition, time }: AssetSchedule, t: TFunction, language: string): string {
  const text = t("When updated: {{assets}}", { assets: conditionText(condition, language) });
  return time === null ? text : `${text}; ${scheduleText(time, t, language)}`;
}

/** Parts of another kind stand in brackets: `orders and (customers or regions)`. */
function conditionText(condition: UiAssetCondition, language: string): string {
  if ("name" in condition) return condition.name;
  const type = condition.kind === "all" ? "conjunction" : "disjunction";
  const parts = condition.of.map((part) => {
    const text = conditionText(part, language);
    return "of" in part && part.of.length > 1 ? `(${text})` : text;
  });
  return new Intl.ListFormat(language, { type }).format(parts);
}

function sentence(schedule: string, t: TFunction, language: string): string {
  const words = scheduleWords(schedule);
  if (words.kind === "interval") return t("Every {{duration}}", { duration: formatDuration(words.everyMs, language) });
  if (words.kind === "raw") return words.expression;
  return words.kind === "cron" ? cronText(words, t, language) : t(words.text, { ...words.values });
}
