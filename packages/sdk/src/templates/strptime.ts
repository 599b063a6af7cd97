import { PolyflowError } from "@polyflow/contracts";
import type { ZonedTime } from "./zoned-time.ts";

const PARTS: { readonly [directive: string]: string } = {
  Y: String.raw`(?<Y>\d{4})`,
  y: String.raw`(?<y>\d{2})`,
  m: String.raw`(?<m>\d{1,2})`,
  d: String.raw`(?<d>\d{1,2})`,
  H: String.raw`(?<H>\d{1,2})`,
  M: String.raw`(?<M>\d{1,2})`,
  S: String.raw`(?<S>\d{1,2})`,
  f: String.raw`(?<f>\d{1,6})`,
  "%": "%",
};

/**
 * Reads a time in UTC by a format of Python's `strptime` (`%Y %y %m %d %H %M %S %f`).
 * @throws PolyflowError `request_invalid` when the text does not have that form
 * @example strptime("31.01.2026", "%d.%m.%Y").epochMs === Date.UTC(2026, 0, 31); // true
 */
export function strptime(text: string, format: string): ZonedTime {
  const pattern = format.replaceAll(/%([a-zA-Z%])|[\\^$.*+?()[\]{}|/]/g, (written, directive: string | undefined) => {
    if (directive === undefined) return `\\${written}`;
    const part = PARTS[directive];
    if (part === undefined)
      throw new PolyflowError("request_invalid", `${written} in ${JSON.stringify(format)} cannot be read; use %Y %y %m %d %H %M %S %f.`);
    return part;
  });
  const groups = new RegExp(`^${pattern}$`).exec(text)?.groups;
  if (groups === undefined)
    throw new PolyflowError("request_invalid", `${JSON.stringify(text)} does not have the form ${JSON.stringify(format)}.`);
  const numberOf = (name: string, otherwise: number): number => (groups[name] === undefined ? otherwise : Number(groups[name]));
  const year = numberOf("Y", groups["y"] === undefined ? 1900 : centuryOf(Number(groups["y"])) + Number(groups["y"]));
  const fractionMs = Math.trunc(Number(`0.${groups["f"] ?? "0"}`) * 1_000);
  const epochMs = Date.UTC(year, numberOf("m", 1) - 1, numberOf("d", 1), numberOf("H", 0), numberOf("M", 0), numberOf("S", 0), fractionMs);
  return { epochMs, offsetMinutes: 0 };
}

/** POSIX: 69 to 99 are of the last century. */
function centuryOf(year: number): number {
  return year >= 69 ? 1900 : 2000;
}
