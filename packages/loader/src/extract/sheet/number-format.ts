import type { SerialStyle } from "./sheet-source.ts";

/** Formats that every workbook has without writing them down (ECMA-376, 18.8.30). */
const BUILT_IN: ReadonlyMap<number, SerialStyle> = new Map<number, SerialStyle>([
  ...[14, 15, 16, 17, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, "date"] as const),
  ...[18, 19, 20, 21, 32, 33, 45, 46, 47, 55, 56].map((id) => [id, "time"] as const),
  [22, "datetime"],
]);

/** Whether a number format shows dates or times; undefined for numbers. */
export function serialStyle(formatId: number, code: string | undefined): SerialStyle | undefined {
  return code === undefined ? BUILT_IN.get(formatId) : styleOfCode(code);
}

/**
 * Judges the code of a number format, like `dd.mm.yyyy hh:mm`.
 * @example styleOfCode('#,##0.00 "д."'); // undefined
 */
export function styleOfCode(code: string): SerialStyle | undefined {
  const [positive = ""] = code.split(";");
  const letters = positive
    .replaceAll(/"[^"]*"|\\.|_.|\*./g, "") // literal texts, fillers
    .replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "") // colours, conditions, locales; [h] is a duration
    .replaceAll(/general|am\/pm|a\/p/gi, "");
  const hasTime = /[hs]/i.test(letters);
  const hasDate = /[yd]/i.test(letters) || (/m/i.test(letters) && !hasTime);
  if (hasDate) return hasTime ? "datetime" : "date";
  return hasTime ? "time" : undefined;
}
