import { PolyflowError } from "@polyflow/contracts";

/**
 * The end of a statement that lists one page. Literals, not parameters: only then does the planner know that few rows are wanted and
 * walks the index of the order.
 */
export function pagingText(page: { readonly limit: number; readonly offset: number }): string {
  return `limit ${wholeNumber("limit", page.limit)} offset ${wholeNumber("offset", page.offset)}`;
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new PolyflowError("request_invalid", `The ${name} is ${value}; it must be a whole number from 0.`);
}
