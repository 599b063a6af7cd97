import type { DateDirective } from "@polyflow/metadata-model";
import { datePattern } from "../cast/date-pattern.ts";
import { ISO_FORMS } from "../cast/iso-forms.ts";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const CLOCK_LETTERS = ["H", "M", "S"] as const;

/** Reads texts of one format; what it takes and what not is what a load takes. */
export class DateReader {
  readonly #pattern: RegExp;
  readonly #letters: readonly DateDirective[];

  /** @param format strptime-like, `%d.%m.%Y` */
  constructor(format: string) {
    const { pattern, letters } = datePattern(format);
    this.#letters = letters;
    this.#pattern = new RegExp(`^${pattern}$`, letters.includes("b") || letters.includes("B") ? "i" : "");
  }

  /** True for a text of the format that is a moment of the calendar and the clock. */
  accepts(text: string): boolean {
    return this.read(text) !== undefined;
  }

  /** A text of the format in the order of ISO 8601; undefined when it is no moment of the calendar and the clock. */
  read(text: string): string | undefined {
    const found = this.#pattern.exec(text);
    if (found === null) return undefined;
    const part = (letter: DateDirective): string | undefined => {
      const index = this.#letters.indexOf(letter);
      return index < 0 ? undefined : found[index + 1];
    };
    const month = part("m") ?? monthNumber(part("b") ?? part("B")) ?? "1";
    const year = part("Y") ?? fullYear(part("y")) ?? "1900";
    const day = part("d") ?? "1";
    const clock = CLOCK_LETTERS.map((letter) => part(letter) ?? "0");
    if (!isDay(Number(year), Number(month), Number(day)) || !isClock(Number(clock[0]), Number(clock[1]), Number(clock[2])))
      return undefined;
    const fraction = part("f");
    const time = `${clock.map((item) => item.padStart(2, "0")).join(":")}${fraction === undefined ? "" : `.${fraction}`}${part("z") ?? ""}`;
    return this.#written(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`, time);
  }

  /** As much of both as the format has. */
  #written(date: string, time: string): string {
    if (!this.#has("H", "M", "S")) return date;
    return this.#has("Y", "y", "m", "b", "B", "d") ? `${date} ${time}` : time;
  }

  #has(...letters: readonly DateDirective[]): boolean {
    return letters.some((letter) => this.#letters.includes(letter));
  }
}

function monthNumber(name: string | undefined): string | undefined {
  return name === undefined ? undefined : String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}

/** POSIX: 69 to 99 are of the last century. */
function fullYear(short: string | undefined): string | undefined {
  return short === undefined ? undefined : (short >= "69" ? "19" : "20") + short;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (month === 2 && day === 29) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

/** 24:00:00 is the end of the day, and second 60 its own fault. */
function isClock(hour: number, minute: number, second: number): boolean {
  if (hour === 24) return minute === 0 && second === 0;
  return hour < 24 && minute < 60 && second <= 60;
}

const ISO_PATTERNS = {
  date: new RegExp(ISO_FORMS.date.pattern),
  datetime: new RegExp(ISO_FORMS.datetime.pattern),
  time: new RegExp(ISO_FORMS.time.pattern),
};
const DAY = /^(\d{4})-(\d{2})-(\d{2})/;
const CLOCK = /(\d{2}):(\d{2})(?::(\d{2}))?/;

/** True for a date, moment or time of day as ISO 8601 writes it. */
export function isIsoMoment(text: string, type: keyof typeof ISO_FORMS): boolean {
  if (!ISO_PATTERNS[type].test(text)) return false;
  const day = type === "time" ? null : DAY.exec(text);
  const clock = type === "date" ? null : CLOCK.exec(text.slice(type === "time" ? 0 : 10));
  return (
    (day === null || isDay(Number(day[1]), Number(day[2]), Number(day[3]))) &&
    (clock === null || isClock(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)))
  );
}
