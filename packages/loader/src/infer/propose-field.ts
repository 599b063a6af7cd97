import type { FieldType } from "@polyflow/metadata-model";
import type { ColumnProfile, Misses, MomentSpelling, NumberSpelling } from "./column-profile.ts";

/** How a column should be described, and why. */
export interface FieldProposal {
  readonly name: string;
  readonly type: FieldType;
  readonly format?: string;
  readonly decimalChar?: string;
  readonly groupChar?: string;
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  readonly missingValues?: readonly string[];
  /** Type of PostgreSQL for the target's column. */
  readonly physicalType: string;
  /** What was seen and decided, in words. */
  readonly notes: readonly string[];
}

type Decision = Omit<FieldProposal, "name" | "missingValues">;

/** Columns of such names hold codes, whatever they are made of. */
const CODE_NAME =
  /(^|[_\s.-])(code|zip|zipcode|postal|phone|tel|inn|kpp|ogrn|okpo|okato|oktmo|okved|kladr|bik|snils|account|ean|gtin|isbn|imei)($|[_\s.-])|код|индекс|почтов|инн|кпп|огрн|окпо|окато|октмо|оквэд|бик|снилс|телефон|счет|счёт/iu;
/** Whole numbers that 64 bits hold for certain. */
const SAFE_DIGITS = 18;
const SMALL_DIGITS = 9;
/** Rather a number with some bad values than text. */
const MOSTLY = 0.1;

/** Proposes type and spelling of a column from what was seen of it. Every decision that could be another one is said in a note. */
export function proposeField(profile: ColumnProfile, options: { readonly delimiter: string }): FieldProposal {
  const decision = decide(profile, options);
  const tokens = [...profile.missing.keys()];
  const isText = decision.type === "string";
  const missing = tokens.map((token) => `${JSON.stringify(token)} (${profile.missing.get(token) ?? 0})`).join(", ");
  const notes = [...decision.notes];
  if (tokens.length > 0)
    notes.push(isText ? `holds ${missing}: if that means "no value", add it to missingValues` : `${missing} read as "no value"`);
  return { ...decision, name: profile.name, notes, ...(tokens.length > 0 && !isText ? { missingValues: ["", ...tokens] } : {}) };
}

function decide(profile: ColumnProfile, options: { readonly delimiter: string }): Decision {
  if (profile.values === 0) return text(["no values seen: text until there are some"]);
  return (
    booleans(profile) ?? codes(profile) ?? numbers(profile, options) ?? moments(profile) ?? json(profile) ?? almost(profile) ?? text([])
  );
}

function text(notes: readonly string[]): Decision {
  return { type: "string", physicalType: "text", notes };
}

const BOOLEAN_PAIRS: readonly (readonly [string, string])[] = [
  ["true", "false"],
  ["True", "False"],
  ["TRUE", "FALSE"],
  ["Да", "Нет"],
  ["да", "нет"],
  ["ДА", "НЕТ"],
  ["Истина", "Ложь"],
  ["ИСТИНА", "ЛОЖЬ"],
  ["Yes", "No"],
  ["yes", "no"],
  ["YES", "NO"],
  ["Y", "N"],
  ["y", "n"],
  ["T", "F"],
  ["t", "f"],
  ["Д", "Н"],
];

function booleans(profile: ColumnProfile): Decision | undefined {
  const values = profile.distinct;
  if (values === undefined || values.length > 2) return undefined;
  const pair = BOOLEAN_PAIRS.find((candidates) => values.every((value) => candidates.includes(value)));
  // one letter alone may be anything
  if (pair === undefined || (values.length === 1 && pair[0].length === 1)) return undefined;
  const seen = `only ${values.join(" and ")} seen`;
  const isDefault = pair[0].toLowerCase() === "true";
  return {
    type: "boolean",
    physicalType: "boolean",
    notes: [seen],
    ...(isDefault ? {} : { trueValues: [pair[0]], falseValues: [pair[1]] }),
  };
}

function codes(profile: ColumnProfile): Decision | undefined {
  const isDigits = profile.digits > 0 && (profile.numbers.get("number")?.count === 0 || profile.leadingZero !== undefined);
  if (!isDigits) return undefined;
  if (profile.leadingZero !== undefined && isFree(profile.numbers.get("spacedInteger")))
    return text([`leading zeros ("${profile.leadingZero}"): a code, kept as text`]);
  if (profile.digits > SAFE_DIGITS) return text([`${profile.digits} digits are more than an integer holds: kept as text`]);
  if (CODE_NAME.test(profile.name) && profile.numbers.get("integer")?.count === 0)
    return text(["digits, but by its name a code: kept as text; make it an integer to count with it"]);
  return undefined;
}

/** The spelling was never wrong. */
function isFree(misses: Misses | undefined): boolean {
  return misses?.count === 0;
}

const NUMBER_KEYS: { readonly [spelling in NumberSpelling]: Pick<Decision, "type" | "decimalChar" | "groupChar"> } = {
  integer: { type: "integer" },
  number: { type: "number" },
  commaNumber: { type: "number", decimalChar: "," },
  spacedInteger: { type: "integer", groupChar: " " },
  spacedNumber: { type: "number", groupChar: " " },
  spacedCommaNumber: { type: "number", decimalChar: ",", groupChar: " " },
  commaGroupedNumber: { type: "number", groupChar: "," },
  pointGroupedNumber: { type: "number", decimalChar: ",", groupChar: "." },
};

function numbers(profile: ColumnProfile, options: { readonly delimiter: string }): Decision | undefined {
  const fitting = [...profile.numbers].filter(([, misses]) => isFree(misses)).map(([spelling]) => spelling);
  // "1,234" is one and a bit, or a thousand and more
  const isAmbiguous = fitting.includes("commaNumber") && fitting.includes("commaGroupedNumber") && !fitting.includes("integer");
  const preferred = isAmbiguous && options.delimiter !== ";" ? "commaGroupedNumber" : fitting[0];
  if (preferred === undefined) return undefined;
  const day = preferred === "integer" ? dayNumbers(profile) : undefined;
  if (day !== undefined) return day;
  const keys = NUMBER_KEYS[preferred];
  const physicalType = keys.type === "number" ? "numeric" : profile.digits > SMALL_DIGITS ? "bigint" : "integer";
  const notes = [isAmbiguous ? ambiguityNote(profile, keys) : describeNumbers(keys), exceptionNote(profile, preferred), flagNote(profile)];
  return { ...keys, physicalType, notes: notes.filter((note) => note !== "") };
}

function ambiguityNote(profile: ColumnProfile, keys: Pick<Decision, "decimalChar">): string {
  const example = profile.distinct?.[0] ?? "1,234";
  return `CHECK: values like ${example} may have a decimal comma or groups of thousands; read with ${keys.decimalChar === "," ? "a decimal comma" : "groups"}`;
}

/** Whole numbers with a few others among them. */
function exceptionNote(profile: ColumnProfile, spelling: NumberSpelling): string {
  const misses = profile.numbers.get("integer");
  if (spelling !== "number" || misses?.first === undefined || misses.count > profile.values * MOSTLY) return "";
  return `whole numbers but for ${misses.count}, the first in record ${misses.first.row}: ${misses.first.text}`;
}

function flagNote(profile: ColumnProfile): string {
  const values = profile.distinct ?? [];
  return values.length === 2 && values.every((value) => value === "0" || value === "1") ? "only 0 and 1 seen: it may be a boolean" : "";
}

function describeNumbers(keys: Pick<Decision, "decimalChar" | "groupChar">): string {
  const parts = [
    keys.decimalChar === "," ? "decimal comma" : "",
    keys.groupChar === undefined ? "" : `groups of thousands with "${keys.groupChar}"`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** `20241231` is a day where the name says so. */
function dayNumbers(profile: ColumnProfile): Decision | undefined {
  if (!isFree(profile.moments.get("%Y%m%d")) || !/date|day|дата|день/iu.test(profile.name)) return undefined;
  return { type: "date", format: "%Y%m%d", physicalType: "date", notes: ["eight digits that are days"] };
}

function moments(profile: ColumnProfile): Decision | undefined {
  const fitting = [...profile.moments].filter(([, misses]) => misses.count === 0).map(([spelling]) => spelling);
  const [spelling] = fitting;
  if (spelling === undefined || spelling === "%Y%m%d") return undefined;
  const notes: string[] = [];
  if (spelling.startsWith("%d/%m") && fitting.some((other) => other.startsWith("%m/%d")))
    notes.push("CHECK: day and month could be the other way round (%m/%d)");
  return momentDecision(spelling, { profile, notes });
}

function momentDecision(spelling: MomentSpelling, found: { readonly profile: ColumnProfile; readonly notes: readonly string[] }): Decision {
  const { profile, notes } = found;
  if (spelling === "date") return { type: "date", physicalType: "date", notes };
  if (spelling === "time") return { type: "time", physicalType: "time", notes };
  if (spelling === "datetime") {
    if (profile.zoned === profile.values) return { type: "datetime", physicalType: "timestamptz", notes };
    const mixed =
      profile.zoned > 0
        ? "CHECK: some times have an offset and some have not; those without are read as they stand"
        : "times without an offset";
    return { type: "datetime", physicalType: profile.zoned > 0 ? "timestamptz" : "timestamp", notes: [...notes, mixed] };
  }
  const hasTime = spelling.includes("%H");
  return { type: hasTime ? "datetime" : "date", format: spelling, physicalType: hasTime ? "timestamp" : "date", notes };
}

function json(profile: ColumnProfile): Decision | undefined {
  if (profile.jsonObjects === profile.values) return { type: "object", physicalType: "jsonb", notes: ["JSON objects"] };
  return profile.jsonLists === profile.values ? { type: "array", physicalType: "jsonb", notes: ["JSON lists"] } : undefined;
}

/** Text, because a few values are no numbers or dates: said, so that they can be rejected instead. */
function almost(profile: ColumnProfile): Decision | undefined {
  const candidates = [
    ...[...profile.numbers].map(([spelling, misses]) => ({ what: NUMBER_KEYS[spelling].type, misses })),
    ...[...profile.moments].map(([, misses]) => ({ what: "date" as const, misses })),
  ];
  const [best] = candidates.toSorted((left, right) => left.misses.count - right.misses.count);
  if (best === undefined || best.misses.count > profile.values * MOSTLY) return undefined;
  const { count, first } = best.misses;
  return text([
    `mixed: ${profile.values - count} of ${profile.values} values are of type ${best.what}, not so record ${first?.row ?? 0}: ${JSON.stringify((first?.text ?? "").slice(0, 60))}; text keeps all, another type rejects the others`,
  ]);
}
