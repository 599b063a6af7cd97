/** Search parameters as they come from an address somebody may have edited by hand. */
export type RawSearch = Readonly<Record<string, unknown>>;

/** A text, or undefined when it is missing or empty. The router reads `?q=5` as a number; it is text here. */
export function textParam(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number, or undefined. */
export function integerParam(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

/** One of the allowed values, or undefined. */
export function choiceParam<Choice extends string>(value: unknown, allowed: readonly Choice[]): Choice | undefined {
  return allowed.find((choice) => choice === value);
}
