import { parseDateFormat } from "@polyflow/metadata-model";
import type { DateDirective } from "@polyflow/metadata-model";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** What each directive matches; one digit is enough where strptime takes one. */
const PATTERNS: { readonly [directive in DateDirective]: string } = {
  Y: "\\d{4}",
  y: "\\d{2}",
  m: "\\d{1,2}",
  d: "\\d{1,2}",
  b: MONTHS.map((month) => month.slice(0, 3)).join("|"),
  B: MONTHS.join("|"),
  H: "\\d{1,2}",
  M: "\\d{1,2}",
  S: "\\d{1,2}",
  f: "\\d{1,6}",
  z: "Z|[+-]\\d{2}:?\\d{2}",
};

/**
 * A format like `%d.%m.%Y` as a regular expression with one group for each directive; PostgreSQL and JavaScript read it alike.
 * Names of months are matched in any case when it is told to.
 */
export function datePattern(format: string): { readonly pattern: string; readonly letters: readonly DateDirective[] } {
  const letters: DateDirective[] = [];
  let pattern = "";
  for (const part of parseDateFormat(format)) {
    if (part.kind === "literal") pattern += part.text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    else {
      letters.push(part.letter);
      pattern += `(${PATTERNS[part.letter]})`;
    }
  }
  return { pattern, letters };
}
