import { escapeIdentifier, escapeLiteral } from "pg";

/** `name` as an identifier of SQL. */
export function identifier(...path: readonly string[]): string {
  return path.map(escapeIdentifier).join(".");
}

/** `text` as a literal of SQL. */
export function literal(text: string): string {
  return escapeLiteral(text);
}

/** `'a', 'b'` for `in (…)`. */
export function literals(texts: readonly string[]): string {
  return texts.map(literal).join(", ");
}

/** `"a", "b"`, each with `prefix` before it. */
export function identifiers(names: readonly string[], prefix = ""): string {
  return names.map((name) => prefix + identifier(name)).join(", ");
}
