/**
 * Why a load refuses a cell or a record: each reason has a code and values, worded in every language of the interface. What is stored
 * is the English wording, for people who query the warehouse; {@link readRejectReason} finds code and values in it again.
 */
export const REJECT_REASONS = {
  required_empty: { en: "required, but empty", ru: "значение обязательно, а ячейка пуста" },
  required_absent: { en: "required, but the file has no such column", ru: "значение обязательно, а такого столбца в файле нет" },
  not_integer: { en: "not an integer", ru: "не целое число" },
  not_number: { en: "not a number", ru: "не число" },
  not_date_like: { en: "not a date like {{example}}", ru: "не дата вида {{example}}" },
  not_time_like: { en: "not a time like {{example}}", ru: "не дата и время вида {{example}}" },
  not_time_of_day_like: { en: "not a time of day like {{example}}", ru: "не время суток вида {{example}}" },
  not_one_of: { en: "not one of {{values}}", ru: "нет среди допустимых: {{values}}" },
  not_valid_as: { en: "not valid as {{type}}", ru: "не годится как {{type}}" },
  below_minimum: { en: "less than the minimum {{minimum}}", ru: "меньше наименьшего допустимого {{minimum}}" },
  above_maximum: { en: "greater than the maximum {{maximum}}", ru: "больше наибольшего допустимого {{maximum}}" },
  too_short: { en: "shorter than {{length}} characters", ru: "короче допустимого: символов должно быть не меньше {{length}}" },
  too_long: { en: "longer than {{length}} characters", ru: "длиннее допустимого: символов должно быть не больше {{length}}" },
  no_match: { en: "does not match {{pattern}}", ru: "не подходит под шаблон {{pattern}}" },
  undeclared_column: { en: "the column is not declared", ru: "столбец не описан" },
  no_target_column: { en: "the table has no column {{column}}", ru: "в таблице нет столбца {{column}}" },
  cell_count: { en: "has {{found}} cells, expected {{expected}}", ru: "ячеек в записи {{found}}, а должно быть {{expected}}" },
  one_cell: { en: "has 1 cell, expected {{expected}}", ru: "в записи одна ячейка, а должно быть {{expected}}" },
  beyond_header: {
    en: "has a value in column {{column}}, right of the header (row {{row}} of the sheet)",
    ru: "есть значение в столбце {{column}}, правее заголовка (строка {{row}} листа)",
  },
  quote_inside: {
    en: "a quote stands inside a cell that does not begin with one",
    ru: "кавычка стоит внутри ячейки, которая с кавычки не начинается",
  },
  quote_not_closing: {
    en: "a quote opens a cell that does not end with one",
    ru: "ячейка начинается с кавычки, но кавычкой не кончается",
  },
  quote_unclosed: { en: "a quote is opened and never closed", ru: "кавычка открыта и нигде не закрыта" },
  carriage_return: {
    en: "a carriage return stands inside a cell without quotes",
    ru: "возврат каретки стоит внутри ячейки без кавычек",
  },
  nul_byte: { en: "holds a NUL byte", ru: "есть нулевой байт" },
  nul_character: { en: "holds a NUL character", ru: "есть нулевой символ" },
  half_surrogate: { en: "holds half of a surrogate pair", ru: "есть половина суррогатной пары" },
  foreign_byte: {
    en: "holds the byte {{byte}}, which the encoding does not have",
    ru: "есть байт {{byte}}, которого в этой кодировке нет",
  },
  not_utf8: { en: "is not UTF-8", ru: "запись не в UTF-8" },
  copy_end: { en: "is the end mark of COPY", ru: "запись состоит из знака конца COPY" },
  too_many_bytes: { en: "is longer than {{bytes}} bytes", ru: "запись длиннее {{bytes}} байт" },
  too_many_characters: {
    en: "is longer than {{characters}} characters, or a quote is opened and never closed",
    ru: "запись длиннее {{characters}} символов, или кавычка открыта и нигде не закрыта",
  },
  not_json: { en: "is not valid JSON: {{problem}}", ru: "запись не в формате JSON: {{problem}}" },
  not_object: { en: "is not an object", ru: "запись не объект" },
  or: { en: "{{one}}, or {{other}}", ru: "{{one}} или {{other}}" },
} as const satisfies { readonly [code: string]: { readonly en: string; readonly ru: string } };

export type RejectReasonCode = keyof typeof REJECT_REASONS;
export type RejectReasonValues = { readonly [name: string]: string | number };
type Language = "en" | "ru";

/**
 * The English wording, as it is stored.
 * @example rejectReason("below_minimum", { minimum: 0 }); // "less than the minimum 0"
 */
export function rejectReason(code: RejectReasonCode, values: RejectReasonValues = {}): string {
  return fill(REJECT_REASONS[code].en, values);
}

/** Code and values of a stored reason; undefined for one that a function of the project has given in its own words. */
export function readRejectReason(
  text: string,
): { readonly code: RejectReasonCode; readonly values: { readonly [name: string]: string } } | undefined {
  for (const [code, pattern] of patterns) {
    const match = pattern.exec(text);
    if (match !== null && (code !== "or" || isAlternative(match.groups))) return { code, values: { ...match.groups } };
  }
  return undefined;
}

/** A stored reason in another language; as it is where it is in words of the project's own. */
export function rejectReasonIn(language: string, text: string): string {
  const read = language === "en" ? undefined : readRejectReason(text);
  if (read === undefined || !isLanguage(language)) return text;
  const { code, values } = read;
  const worded =
    code === "or" ? Object.fromEntries(Object.entries(values).map(([name, one]) => [name, rejectReasonIn(language, one)])) : values;
  return fill(REJECT_REASONS[code][language], worded);
}

const PLACE = /\{\{(\w+)\}\}/g;

function fill(template: string, values: RejectReasonValues): string {
  return template.replace(PLACE, (_all, name: string) => String(values[name] ?? ""));
}

/** The alternative comes first, so that its parts are not taken for the value of another reason. */
const patterns: readonly (readonly [RejectReasonCode, RegExp])[] = codes()
  .toSorted((a, b) => Number(b === "or") - Number(a === "or"))
  .map((code) => [code, patternOf(REJECT_REASONS[code].en)]);

function codes(): readonly RejectReasonCode[] {
  return Object.keys(REJECT_REASONS).filter((code): code is RejectReasonCode => code in REJECT_REASONS);
}

function patternOf(template: string): RegExp {
  const parts = template.split(PLACE);
  const source = parts.map((part, index) => (index % 2 === 0 ? part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&") : `(?<${part}>.*)`)).join("");
  return new RegExp(`^${source}$`, "s");
}

/** "…, or not valid as date"; other commas belong to values. */
function isAlternative(groups: { readonly [name: string]: string } | undefined): boolean {
  return groups !== undefined && readRejectReason(groups["other"] ?? "")?.code === "not_valid_as";
}

function isLanguage(language: string): language is Language {
  return language === "en" || language === "ru";
}
