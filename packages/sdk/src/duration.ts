import { invalidDag } from "./invalid-dag.ts";

/** A length of time as a person writes it: a number and one unit, `"500ms"`, `"30s"`, `"5m"`, `"1.5h"`, `"2d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHAPE = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
/** Everything that counts milliseconds stores them in 53 bits; a century is far beyond any use and far below that. */
const LONGEST_MS = 100 * 366 * 86_400_000;

/**
 * Milliseconds of a duration, rounded to a whole number.
 * @param option name of the option that holds it, for the error message
 * @throws PolyflowError `dag_invalid`
 * @example durationMs("1.5h", "retryDelay"); // 5_400_000
 */
export function durationMs(duration: unknown, option: string): number {
  const match = typeof duration === "string" ? SHAPE.exec(duration) : null;
  const unitMs = UNIT_MS[match?.[2] ?? ""];
  if (match === null || unitMs === undefined) {
    throw invalidDag(
      `${option}: ${JSON.stringify(duration)} is no duration. Write a number and one unit: "500ms", "30s", "5m", "1h", "2d".`,
    );
  }
  const ms = Math.round(Number(match[1]) * unitMs);
  if (ms > LONGEST_MS) throw invalidDag(`${option}: ${JSON.stringify(duration)} is longer than a century.`);
  return ms;
}
