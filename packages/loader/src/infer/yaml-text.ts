/** Values of the small YAML that is proposed. */
export type YamlValue = string | number | boolean | readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined };

const PLAIN = /^[\p{L}_/][\p{L}\p{N}_ ./*-]*$/u;
/** Words that YAML would take for something else than text. */
const RESERVED = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/**
 * A value on one line.
 * @example flowYaml({ name: "id", missingValues: ["", "-"] }) // '{ name: id, missingValues: ["", "-"] }'
 */
export function flowYaml(value: YamlValue): string {
  if (typeof value === "string") return scalarYaml(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (isList(value)) return `[${value.map(flowYaml).join(", ")}]`;
  const pairs = Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [`${scalarYaml(key)}: ${flowYaml(item)}`]));
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

export function scalarYaml(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) && text.trim() === text ? text : JSON.stringify(text);
}

function isList(value: readonly YamlValue[] | { readonly [key: string]: YamlValue | undefined }): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** Text as a comment at the end of a line. */
export function comment(notes: readonly string[]): string {
  return notes.length === 0 ? "" : ` # ${notes.join("; ").replaceAll(/\s+/g, " ")}`;
}
