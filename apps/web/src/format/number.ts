import { numberFormat } from "./formatters.ts";

export function formatNumber(value: number, language: string): string {
  return numberFormat(language).format(value);
}

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Decimal units, as in file managers; three significant digits. */
export function formatBytes(bytes: number, language: string): string {
  const step = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = BYTE_UNITS[step] ?? "byte";
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3 }).format(
    bytes / 1000 ** step,
  );
}
