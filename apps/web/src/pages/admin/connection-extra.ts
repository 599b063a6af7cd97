import type { ExtraField } from "./connection-types.ts";

type Values = Readonly<Record<string, unknown>>;

/** What `extra` holds, parted into fields of the form and the rest, which stays JSON. */
export interface ExtraParts {
  readonly fields: Values;
  readonly rest: string;
}

export function splitExtra(text: string | null, known: readonly ExtraField[]): ExtraParts {
  const all = parseObject(text ?? "") ?? {};
  const names = new Set(known.map(({ name }) => name));
  const rest = Object.fromEntries(Object.entries(all).filter(([name]) => !names.has(name)));
  return {
    fields: Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name))),
    rest: Object.keys(rest).length === 0 ? "" : JSON.stringify(rest, null, 2),
  };
}

/** The text to send; undefined when the rest is no JSON object. Empty fields are left out. */
export function joinExtra({ fields, rest }: ExtraParts): string | undefined {
  const others = rest.trim() === "" ? {} : parseObject(rest);
  if (others === undefined) return undefined;
  const filled = Object.entries(fields).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const all = { ...others, ...Object.fromEntries(filled) };
  return Object.keys(all).length === 0 ? "" : JSON.stringify(all);
}

function parseObject(text: string): Values | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
