import { rejectReason } from "@polyflow/contracts";
import type { DateDirective } from "@polyflow/metadata-model";
import { literal } from "../sql-text.ts";
import { datePattern } from "./date-pattern.ts";
import type { Spelling } from "./spelling-form.ts";

/**
 * A text in a format like `%d.%m.%Y`: matched as a whole, then put into the order of ISO 8601.
 * PostgreSQL reads month names itself; years of two digits are of 1969 to 2068, as POSIX has it.
 */
export function formattedDate(text: string, format: string): Spelling {
  const { pattern, letters } = datePattern(format);
  const group = new Map(letters.map((letter, index) => [letter, index + 1]));
  const whole = `^${pattern}$`;
  // names of months in any case, like strptime
  const flag = group.has("b") || group.has("B") ? "i" : "";
  const pick = (template: string): string => `regexp_replace(${text}, ${literal(whole)}, ${literal(template)}, '${flag}')`;
  const iso = isoTemplate(group);
  const shortYear = group.get("y");
  const century = shortYear === undefined ? "" : `case when ${pick(`\\${shortYear}`)} >= '69' then '19' else '20' end || `;
  return {
    isWrong: `${text} !~${flag === "i" ? "*" : ""} ${literal(whole)}`,
    complaint: rejectReason("not_date_like", { example: format }),
    canonical: century + pick(iso),
  };
}

function isoTemplate(group: ReadonlyMap<DateDirective, number>): string {
  const ref = (letters: readonly DateDirective[], otherwise: string): string => {
    const found = letters.find((letter) => group.has(letter));
    return found === undefined ? otherwise : `\\${group.get(found)}`;
  };
  const hasDate = (["Y", "y", "m", "b", "B", "d"] as const).some((letter) => group.has(letter));
  const hasTime = (["H", "M", "S"] as const).some((letter) => group.has(letter));
  const date = `${ref(["Y", "y"], "1900")}-${ref(["m", "b", "B"], "01")}-${ref(["d"], "01")}`;
  const fraction = group.has("f") ? `.${ref(["f"], "0")}` : "";
  const time = `${ref(["H"], "00")}:${ref(["M"], "00")}:${ref(["S"], "00")}${fraction}${ref(["z"], "")}`;
  if (!hasTime) return date;
  return hasDate ? `${date} ${time}` : time;
}
