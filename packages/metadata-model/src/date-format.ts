import { PolyflowError } from "@polyflow/contracts";

/** One piece of a date format: a literal text or a directive. */
export type DateFormatPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "directive"; readonly letter: DateDirective };
export type DateDirective = "Y" | "y" | "m" | "d" | "b" | "B" | "H" | "M" | "S" | "f" | "z";

const DIRECTIVES: ReadonlySet<string> = new Set(["Y", "y", "m", "d", "b", "B", "H", "M", "S", "f", "z"]);

function isDirective(letter: string): letter is DateDirective {
  return DIRECTIVES.has(letter);
}

/**
 * Takes a strptime-like format apart: `%d.%m.%Y` is day, literal `.`, month, literal `.`, year.
 * @throws PolyflowError `metadata_invalid` for a directive that is not supported or given twice, or a format without a date or time
 */
export function parseDateFormat(format: string): readonly DateFormatPart[] {
  const parts: DateFormatPart[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < format.length; index++) {
    const character = format[index] ?? "";
    if (character !== "%") {
      parts.push({ kind: "literal", text: character });
      continue;
    }
    const letter = format[++index] ?? "";
    if (letter === "%") {
      parts.push({ kind: "literal", text: "%" });
      continue;
    }
    if (!isDirective(letter)) {
      const known = [...DIRECTIVES].map((known) => `%${known}`).join(" ");
      throw new PolyflowError("metadata_invalid", `the format "${format}" has the unknown directive %${letter}; known are ${known}`);
    }
    const meaning = letter === "y" ? "Y" : letter === "b" || letter === "B" ? "m" : letter;
    if (seen.has(meaning)) throw new PolyflowError("metadata_invalid", `the format "${format}" names one part twice (%${letter})`);
    seen.add(meaning);
    parts.push({ kind: "directive", letter });
  }
  if (seen.size === 0) throw new PolyflowError("metadata_invalid", `the format "${format}" has no directive like %Y`);
  return parts;
}
