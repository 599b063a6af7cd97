import type { SourceField } from "@polyflow/metadata-model";
import { TypedCellText } from "../typed-cell-text.ts";
import type { CellMoment } from "../typed-cell-text.ts";
import { isSerialDay, serialMoment } from "./serial-moment.ts";
import type { SerialStyle, SheetCell } from "./sheet-source.ts";

const DAYS_KEPT = 5000;

/** Writes the cells of one column of a sheet as text. */
export class SheetCellText {
  readonly #typed: TypedCellText;
  readonly #fieldType: SourceField["type"] | undefined;
  readonly #hasFormat: boolean;
  readonly #is1904: boolean;
  /** Texts of days shown as dates, by their number. */
  readonly #days = new Map<number, string>();

  constructor(field: SourceField | undefined, is1904: boolean) {
    this.#typed = new TypedCellText(field);
    this.#fieldType = field?.type;
    this.#hasFormat = field?.format !== undefined;
    this.#is1904 = is1904;
  }

  /** The text of a cell; null for an empty one. */
  write(cell: SheetCell | undefined): string | null {
    switch (cell?.kind) {
      case undefined:
        return null;
      case "text":
        return cell.text;
      case "boolean":
        return this.#typed.boolean(cell.value);
      case "serial":
        return this.#serial(cell.value, cell.style);
      case "number": {
        // A column of dates whose cells lost their format still holds days; with a format in the YAML the digits may be the date itself.
        const value = Number(cell.text);
        if (this.#typed.expectsDate && !this.#hasFormat && isSerialDay(value))
          return this.#serial(value, Number.isInteger(value) ? "date" : "datetime");
        return this.#typed.number(cell.text);
      }
    }
  }

  #serial(value: number, style: SerialStyle): string {
    const known = style === "date" ? this.#days.get(value) : undefined;
    if (known !== undefined) return known;
    const moment = serialMoment(value, { is1904: this.#is1904, kind: this.#kind(value, style) });
    const text = moment === undefined ? String(value) : this.#typed.moment(moment);
    // the same days come again and again; a sheet of many moments is not worth the memory
    if (style === "date" && this.#days.size < DAYS_KEPT) this.#days.set(value, text);
    return text;
  }

  #kind(value: number, style: SerialStyle): CellMoment["kind"] {
    const isWholeDay = Number.isInteger(value);
    if (this.#fieldType === "datetime") return "datetime";
    if (this.#fieldType === "date") return isWholeDay || style === "date" ? "date" : "datetime";
    if (value < 1 && (this.#fieldType === "time" || style === "time")) return "time";
    return isWholeDay && style === "date" ? "date" : "datetime";
  }
}
