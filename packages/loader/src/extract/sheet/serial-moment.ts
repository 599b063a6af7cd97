import type { CellMoment } from "../typed-cell-text.ts";

const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** The 29th of February 1900, a day that Excel has and the calendar has not. */
const PHANTOM_DAY = 60;
/** The last day that Excel knows: 31.12.9999. */
const LAST_SERIAL = 2_958_465.999_999_99;

/** True for numbers that a workbook can mean as a day. */
export function isSerialDay(value: number): boolean {
  return value >= 1 && value <= LAST_SERIAL;
}

/**
 * Turns the serial number of a workbook into a moment, to the millisecond.
 * @returns undefined for numbers that are no moment
 * @example serialMoment(45000.5, { is1904: false, kind: "datetime" }); // { date: "2023-03-15", time: "12:00:00", … }
 */
export function serialMoment(
  value: number,
  options: { readonly is1904: boolean; readonly kind: CellMoment["kind"] },
): CellMoment | undefined {
  if (!(value >= 0 && value <= LAST_SERIAL)) return undefined;
  const epoch = options.is1904 ? EPOCH_1904 : value < PHANTOM_DAY ? EPOCH_1900 + DAY_MS : EPOCH_1900;
  const iso = new Date(epoch + Math.round(value * DAY_MS)).toISOString();
  const time = iso.slice(11, 23);
  return { kind: options.kind, date: iso.slice(0, 10), time: time.endsWith(".000") ? time.slice(0, 8) : time };
}
