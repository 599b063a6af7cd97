import { invalidDag } from "./invalid-dag.ts";

/** Types vanish before the file runs, so that options are checked once more: what is published must be readable by the scheduler. */

/** @throws PolyflowError `dag_invalid` naming an option that does not exist */
export function checkKnown(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalidDag(`there is no option "${name}". Options: ${known.join(", ")}.`);
  }
}

export function checkInteger(option: string, value: unknown, minimum: number, maximum = 2_147_483_647): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw invalidDag(`${option}: ${show(value)} is no whole number from ${minimum} to ${maximum}.`);
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalidDag(`${option}: ${show(value)} is neither true nor false.`);
}

/** A text that is not empty and has at most `longest` characters. */
export function checkText(option: string, value: unknown, longest: number): string {
  if (typeof value !== "string") throw invalidDag(`${option}: ${show(value)} is no text.`);
  if (value.trim() === "") throw invalidDag(`${option} is empty. Leave it out, or give it a text.`);
  if (value.length > longest) throw invalidDag(`${option} has ${value.length} characters, at most ${longest} are allowed.`);
  if (value.includes("\0")) throw invalidDag(`${option} contains the character NUL, which the database cannot hold.`);
  return value.toWellFormed();
}

export function checkOneOf<Choice extends string>(option: string, value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw invalidDag(`${option}: ${show(value)} is none of ${choices.map((choice) => `"${choice}"`).join(", ")}.`);
}

/** A value for people, as short as it is plain. */
export function show(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" || typeof value === "boolean" || value === null
    ? JSON.stringify(value)
    : `a value of type ${typeof value}`;
}
