/**
 * Whether texts match a pattern of SQL's LIKE, whatever their case: `%` any letters, `_` one letter, `|` between alternatives.
 * Airflow's `…_pattern` parameters are of this kind.
 * @example likePattern("etl%")("ETL_daily"); // true
 */
export function likePattern(pattern: string): (text: string) => boolean {
  const alternatives = pattern
    .split("|")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const source = alternatives.map((part) =>
    part
      .replaceAll(/[.*+?^${}()[\]\\]/g, String.raw`\$&`)
      .replaceAll("%", ".*")
      .replaceAll("_", "."),
  );
  const expression = new RegExp(`^(?:${source.join("|")})$`, "isu");
  return (text) => expression.test(text);
}
