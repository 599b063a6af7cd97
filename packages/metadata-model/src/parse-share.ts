/** Percent of a share like `10%`; the schema has checked its form. */
export function parseShare(text: string): number {
  return Number(text.replace("%", "").trim());
}
