import { PolyflowError } from "@polyflow/contracts";
import { wallClock, type ZonedTime } from "./zoned-time.ts";

const NAMES: { readonly [field: string]: Intl.DateTimeFormatOptions } = {
  EEEE: { weekday: "long" },
  EEE: { weekday: "short" },
  EE: { weekday: "short" },
  E: { weekday: "short" },
  MMMM: { month: "long" },
  LLLL: { month: "long" },
  MMM: { month: "short" },
  LLL: { month: "short" },
};

/** Numbers of a date by the letter of their field. */
const NUMBERS: { readonly [letter: string]: (wall: Date) => number } = {
  y: (wall) => wall.getUTCFullYear(),
  M: (wall) => wall.getUTCMonth() + 1,
  L: (wall) => wall.getUTCMonth() + 1,
  d: (wall) => wall.getUTCDate(),
  H: (wall) => wall.getUTCHours(),
  h: (wall) => wall.getUTCHours() % 12 || 12,
  m: (wall) => wall.getUTCMinutes(),
  s: (wall) => wall.getUTCSeconds(),
};

/**
 * A time by a pattern of Unicode (as Babel's and Java's), with the names of months and days of a locale; quoted text stays.
 * @throws PolyflowError `request_invalid` for a locale that there is not
 * @example formatInLocale(readZonedTime("2024-07-12"), "EEEE dd MMMM yyyy", "fr"); // "vendredi 12 juillet 2024"
 */
export function formatInLocale(time: ZonedTime, pattern: string, locale: string): string {
  const wall = wallClock(time);
  const language = languageOf(locale);
  return pattern.replaceAll(/'((?:[^']|'')*)'|([A-Za-z])\2*/g, (field: string, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined) return quoted === "" ? "'" : quoted.replaceAll("''", "'");
    const name = NAMES[field];
    if (name !== undefined) return nameOf(wall, name, { language, isWithin: field.startsWith("MMM") && pattern.includes("d") });
    const value = NUMBERS[letter ?? ""]?.(wall);
    if (value === undefined) return field;
    return field === "yy" ? String(value % 100).padStart(2, "0") : String(value).padStart(field.length, "0");
  });
}

/** Beside a day, some languages write the month in another case: `12 июля`. */
function nameOf(
  wall: Date,
  name: Intl.DateTimeFormatOptions,
  { language, isWithin }: { readonly language: string; readonly isWithin: boolean },
): string {
  const options: Intl.DateTimeFormatOptions = { ...name, ...(isWithin ? { day: "numeric" } : {}), timeZone: "UTC" };
  const wanted = name.weekday === undefined ? "month" : "weekday";
  const parts = new Intl.DateTimeFormat(language, options).formatToParts(wall);
  return parts.find(({ type }) => type === wanted)?.value ?? "";
}

function languageOf(locale: string): string {
  const [known] = tryLocales(locale.replaceAll("_", "-"));
  if (known !== undefined) return known;
  throw new PolyflowError("request_invalid", `${JSON.stringify(locale)} is no locale. Write one such as "fr", "de_DE" or "ru".`);
}

function tryLocales(locale: string): readonly string[] {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
