const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
/** More digits than any database keeps: `1e999999` is not written out. */
const LONGEST_EXPONENT = 400;

interface Digits {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

/** A number without an exponent; undefined for what is none. @example plainDecimal("-1.5e2"); // "-150" */
export function plainDecimal(text: string): string | undefined {
  const digits = digitsOf(text);
  if (digits === undefined) return undefined;
  return `${digits.isNegative ? "-" : ""}${digits.whole}${digits.fraction === "" ? "" : `.${digits.fraction}`}`;
}

/**
 * A number rounded to so many digits after the point, half away from zero as PostgreSQL does; undefined when it has more digits in all than
 * the type, or is no number.
 * @example roundedDecimal("-1.005", [5, 2]); // "-1.01"
 */
export function roundedDecimal(text: string, [precision, scale]: readonly [number, number]): string | undefined {
  const digits = digitsOf(text);
  if (digits === undefined) return undefined;
  const kept = BigInt(digits.whole + digits.fraction.slice(0, scale).padEnd(scale, "0"));
  const rounded = (kept + ((digits.fraction[scale] ?? "0") >= "5" ? 1n : 0n)).toString().padStart(scale + 1, "0");
  const whole = rounded.slice(0, rounded.length - scale);
  if (whole !== "0" && whole.length > precision - scale) return undefined;
  const isZero = /^0+$/.test(rounded);
  return `${digits.isNegative && !isZero ? "-" : ""}${whole}${scale === 0 ? "" : `.${rounded.slice(rounded.length - scale)}`}`;
}

/** Below, equal or above 0 as `left` is less than, equal to or greater than `right`, exactly; undefined where one is no number. */
export function compareDecimals(left: string, right: string): number | undefined {
  const one = digitsOf(left);
  const other = digitsOf(right);
  if (one === undefined || other === undefined) return undefined;
  const places = Math.max(one.fraction.length, other.fraction.length);
  const scaled = ({ isNegative, whole, fraction }: Digits): bigint => {
    const value = BigInt(whole + fraction.padEnd(places, "0"));
    return isNegative ? -value : value;
  };
  const difference = scaled(one) - scaled(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function digitsOf(text: string): Digits | undefined {
  const found = NUMBER.exec(text.trim());
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found ?? [];
  const shift = Number(exponent);
  if (found === null || whole + fraction === "" || Math.abs(shift) > LONGEST_EXPONENT) return undefined;
  const all = shift >= 0 ? whole + fraction.padEnd(shift, "0") : whole.padStart(-shift + 1, "0") + fraction;
  const point = shift >= 0 ? whole.length + shift : Math.max(whole.length, -shift + 1) + shift;
  return { isNegative: sign === "-", whole: all.slice(0, point).replace(/^0+(?=\d)/, "") || "0", fraction: all.slice(point) };
}
