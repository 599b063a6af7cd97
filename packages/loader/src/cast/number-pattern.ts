import type { SourceField } from "@polyflow/metadata-model";

/** Spaces of all widths that people group digits with. */
const GROUP_SPACES = " \u00a0\u202f\u2009";

/** How a field's numbers are written: a regular expression that PostgreSQL and JavaScript read alike, and the characters between groups. */
export function numberPattern(field: Pick<SourceField, "type" | "groupChar" | "decimalChar">): {
  readonly pattern: string;
  readonly groups: string;
} {
  const isInteger = field.type === "integer";
  if (field.groupChar === undefined && field.decimalChar === ".") {
    return { pattern: isInteger ? "^[+-]?\\d+$" : "^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?$", groups: "" };
  }
  const groups = field.groupChar === undefined ? "" : GROUP_SPACES.includes(field.groupChar) ? GROUP_SPACES : field.groupChar;
  const group = groups === "" ? "" : `|\\d{1,3}([${escapeInClass(groups)}]\\d{3})+`;
  const decimals = isInteger ? "" : `([${escapeInClass(field.decimalChar)}]\\d*)?`;
  return { pattern: `^[+-]?(\\d+${group})${decimals}$`, groups };
}

function escapeInClass(characters: string): string {
  return characters.replaceAll(/[\]\\^-]/g, "\\$&");
}
