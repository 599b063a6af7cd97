import type { TFunction } from "i18next";
import { msgid } from "../i18n/msgid.ts";

/** What a rule measures, for people. */
const METRICS: { readonly [metric: string]: string } = {
  nullValues: msgid("empty values"),
  missingValues: msgid("missing values"),
  invalidValues: msgid("values that are not allowed"),
  duplicateValues: msgid("values that occur twice"),
  rowCount: msgid("number of rows"),
  sql: msgid("a query of its own"),
  reference: msgid("values that the other table does not have"),
  freshness: msgid("age of the newest data"),
  volume: msgid("number of rows against earlier loads"),
  distribution: msgid("shift of the values since the last load"),
  aggregate: msgid("a figure over all rows"),
  callable: msgid("a function of the project"),
};

export function metricWords(metric: string, t: TFunction): string {
  const words = METRICS[metric];
  return words === undefined ? metric : t(words);
}

const RANGE = /^(not )?between (\S+) and (.+)$/;
const HOURS = /^(.*) h$/;

/** What a result was held against: `= 0`, `3000 … 4000`, `< 24 h`, in the language of the interface. */
export function expectedWords(expected: string, t: TFunction): string {
  const hours = HOURS.exec(expected)?.[1];
  if (hours !== undefined) return t("{{range}} hours", { range: expectedWords(hours, t) });
  const [, not, from, to] = RANGE.exec(expected) ?? [];
  if (from === undefined || to === undefined) return expected;
  return not === undefined ? `${from} … ${to}` : t("outside {{from}} … {{to}}", { from, to });
}
