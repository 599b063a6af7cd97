import type { TextDecoder } from "node:util";
import type { SourceField } from "@polyflow/metadata-model";
import { TypedCellText } from "../typed-cell-text.ts";
import type { DbfColumn } from "./dbf-header.ts";

/** The text of one column of a record; null for no value. */
export type DbfCellReader = (record: Buffer) => string | null;

const JULIAN_DAY_OF_1970 = 2_440_588;
const DAY_MS = 86_400_000;

/** How the cells of a column become text: digits as they are written, dates and logicals as the field expects them. */
export function dbfCellText(
  column: DbfColumn,
  options: { readonly field: SourceField | undefined; readonly decoder: TextDecoder },
): DbfCellReader {
  const { type, offset, length } = column;
  const typed = new TypedCellText(options.field);
  const raw = (record: Buffer): string =>
    record
      .toString("latin1", offset, offset + length)
      .replaceAll("\0", " ")
      .trim();
  switch (type) {
    case "N":
    case "F":
      return (record) => {
        const text = raw(record);
        // stars are what dBASE writes for a number that did not fit: left as they are, to be rejected
        return text === "" ? null : typed.number(text.replace(/^(-?)\./, "$10."));
      };
    case "D":
      return (record) => dateText(raw(record), typed);
    case "L":
      return (record) => logicalText(raw(record), typed);
    case "I":
    case "+":
      return (record) => typed.number(String(record.readInt32LE(offset)));
    case "B":
    case "O":
      return length === 8 ? (record) => typed.number(String(record.readDoubleLE(offset))) : () => null;
    case "Y":
      return (record) => typed.number(currencyText(record.readBigInt64LE(offset)));
    case "T":
    case "@":
      return (record) => momentText(record.readInt32LE(offset), record.readInt32LE(offset + 4), typed);
    default:
      return (record) => {
        const text = options.decoder.decode(record.subarray(offset, offset + length));
        const trimmed = text.replace(/[ \0]+$/, "");
        return trimmed === "" ? null : trimmed;
      };
  }
}

function dateText(text: string, typed: TypedCellText): string | null {
  if (text === "" || text === "00000000") return null;
  if (!/^\d{8}$/.test(text)) return text;
  return typed.moment({ kind: "date", date: `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`, time: "00:00:00" });
}

function logicalText(text: string, typed: TypedCellText): string | null {
  if (text === "" || text === "?") return null;
  if (/^[TtYyДд]$/.test(text)) return typed.boolean(true);
  return /^[FfNnНн]$/.test(text) ? typed.boolean(false) : text;
}

/** Ten-thousandths as an integer. */
function currencyText(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(5, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

function momentText(julianDay: number, milliseconds: number, typed: TypedCellText): string | null {
  if (julianDay === 0) return null;
  const iso = new Date((julianDay - JULIAN_DAY_OF_1970) * DAY_MS + milliseconds).toISOString();
  const time = iso.slice(11, 23);
  return typed.moment({ kind: "datetime", date: iso.slice(0, 10), time: time.endsWith(".000") ? time.slice(0, 8) : time });
}
