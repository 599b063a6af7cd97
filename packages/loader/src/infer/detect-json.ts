/**
 * Dotted path to the first list of objects in the beginning of a JSON document; empty for a document that is the list itself.
 * Undefined when there is none.
 * @example jsonListPath('{"n": 1, "data": {"items": [{"id": 1}') // "data.items"
 */
export function jsonListPath(text: string): string | undefined {
  const path: (string | undefined)[] = [];
  let key: string | undefined;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === '"') {
      const end = stringEnd(text, at);
      if (/^\s*:/.test(text.slice(end, end + 50))) key = unquoted(text.slice(at, end));
      at = end;
      continue;
    }
    if (character === "[") {
      const isList = /^\[\s*\{/.test(text.slice(at, at + 1000));
      const steps = [...path, key].filter((step) => step !== undefined);
      if (isList && !path.includes("")) return steps.join(".");
      path.push(key ?? "");
      key = "";
    } else if (character === "{") {
      path.push(key);
      key = undefined;
    } else if (character === "]" || character === "}") key = path.pop();
    at++;
  }
  return undefined;
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function unquoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // cut off by the end of the sample
    throw error;
  }
}

/** True for a file with one JSON text per line. */
export function isJsonLines(text: string): boolean {
  const [first = "", second] = text.split("\n").filter((line) => line.trim() !== "");
  if (!first.trimStart().startsWith("{")) return false;
  try {
    JSON.parse(first);
    return second === undefined ? jsonListPath(text) === undefined : second.trimStart().startsWith("{");
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
