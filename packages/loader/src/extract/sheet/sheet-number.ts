/**
 * A number of a workbook without an exponent and without the noise of its binary form: Excel stores 1.1 as `1.1000000000000001`.
 * Whole numbers stay as they are written, however long.
 */
export function sheetNumber(written: string): string {
  if (/^-?\d+$/.test(written)) return written;
  const number = Number(written);
  if (!Number.isFinite(number)) return written;
  return withoutExponent(String(number));
}

function withoutExponent(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const shift = Number(exponent);
  const digits = whole + fraction;
  if (shift < 0) return `${sign}0.${"0".repeat(-shift - 1)}${digits}`;
  return `${sign}${digits}${"0".repeat(Math.max(0, shift - fraction.length))}`;
}
