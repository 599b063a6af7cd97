import type { Variable, VariableBody } from "../../api/admin.ts";

/** What is wrong with a file of variables, for the person who chose it. */
export class FileProblem extends Error {}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The file that an export gives: by key, the value with its description, as Airflow 2 writes it. */
export function variablesToFile(variables: readonly Variable[]): string {
  const entries = variables.map(({ key, value, description }) => [key, description === null ? value : { value, description }] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

/**
 * Reads an exported file, of Polyflow or Airflow.
 * @throws FileProblem, SyntaxError
 */
export function variablesFromFile(text: string): readonly VariableBody[] {
  const content: unknown = JSON.parse(text);
  if (!isObject(content)) throw new FileProblem("no object");
  return Object.entries(content).map(([key, entry]) => {
    const isDescribed =
      isObject(entry) && "value" in entry && Object.keys(entry).every((name) => name === "value" || name === "description");
    if (!isDescribed) return { key, value: entry };
    const description = typeof entry["description"] === "string" ? entry["description"] : null;
    return { key, value: entry["value"], description };
  });
}
