import type { DateFormatPart, SourceField } from "@polyflow/metadata-model";
import { parseDateFormat } from "@polyflow/metadata-model";

/** A moment as a file means it: no time zone, no rounding. */
export interface CellMoment {
  readonly kind: "date" | "datetime" | "time";
  /** `2026-01-31` */
  readonly date: string;
  /** `23:59:59` or `23:59:59.123` */
  readonly time: string;
}

/**
 * Writes the typed cells of a workbook, a DBF or Parquet file as the texts that the declared field expects, so that a real date passes where
 * the field is described as `%d.%m.%Y`, and a real number where it has a decimal comma.
 */
export class TypedCellText {
  readonly #decimalChar: string;
  readonly #true: string;
  readonly #false: string;
  readonly #format: readonly DateFormatPart[] | undefined;
  /** A number in a field of dates is a serial of the workbook. */
  readonly expectsDate: boolean;

  constructor(field: SourceField | undefined) {
    const isNumber = field?.type === "number";
    this.#decimalChar = isNumber ? field.decimalChar : ".";
    const isBoolean = field?.type === "boolean";
    this.#true = (isBoolean ? field.trueValues[0] : undefined) ?? "true";
    this.#false = (isBoolean ? field.falseValues[0] : undefined) ?? "false";
    this.expectsDate = field?.type === "date" || field?.type === "datetime";
    this.#format = this.expectsDate && field?.format !== undefined ? parseDateFormat(field.format) : undefined;
  }

  /** @param text digits with a point, as the file stores them */
  number(text: string): string {
    return this.#decimalChar === "." ? text : text.replace(".", this.#decimalChar);
  }

  boolean(value: boolean): string {
    return value ? this.#true : this.#false;
  }

  moment(moment: CellMoment): string {
    if (this.#format !== undefined) return this.#format.map((part) => formatPart(part, moment)).join("");
    if (moment.kind === "time") return moment.time;
    return moment.kind === "date" ? moment.date : `${moment.date}T${moment.time}`;
  }
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

function formatPart(part: DateFormatPart, { date, time }: CellMoment): string {
  if (part.kind === "literal") return part.text;
  const month = MONTHS[Number(date.slice(5, 7)) - 1] ?? "";
  switch (part.letter) {
    case "Y":
      return date.slice(0, 4);
    case "y":
      return date.slice(2, 4);
    case "m":
      return date.slice(5, 7);
    case "d":
      return date.slice(8, 10);
    case "B":
      return month;
    case "b":
      return month.slice(0, 3);
    case "H":
      return time.slice(0, 2);
    case "M":
      return time.slice(3, 5);
    case "S":
      return time.slice(6, 8);
    case "f":
      return time.slice(9) || "0";
    case "z":
      return "Z";
  }
}
