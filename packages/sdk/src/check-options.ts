import { invalidDag, within } from "./invalid-dag.ts";
import { checkKnown, show } from "./option-checks.ts";
import { TASK_OPTIONS } from "./task-options.ts";

const RULES = {
  text: { what: "a text", fits: isText },
  "any text": { what: "a text", fits: (value: unknown) => typeof value === "string" },
  "text or function": { what: "a text or a function", fits: (value: unknown) => typeof value === "string" || typeof value === "function" },
  "file place": { what: "a text, or { connection, path }", fits: (value: unknown) => isText(value) || isText(pathOf(value)) },
  "text or list": { what: "a text or a list", fits: (value: unknown) => isText(value) || Array.isArray(value) },
  function: { what: "a function", fits: (value: unknown) => typeof value === "function" },
  list: { what: "a list", fits: (value: unknown) => Array.isArray(value) },
  object: { what: "an object", fits: (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value) },
  flag: { what: "true or false", fits: (value: unknown) => typeof value === "boolean" },
  count: { what: "a whole number from 0 on", fits: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0 },
  number: { what: "a number from 0 on", fits: (value: unknown) => typeof value === "number" && value >= 0 },
} as const satisfies { readonly [rule: string]: { readonly what: string; readonly fits: (value: unknown) => boolean } };

/** What an option has to be; a list: one of these texts. */
export type OptionRule = keyof typeof RULES | readonly string[];

/** Options of an operator's own, each with what was given and what it has to be. One with a default is there in any case. */
export interface OwnOptions {
  readonly [option: string]: readonly [given: unknown, rule: OptionRule] | readonly [given: unknown, rule: OptionRule, "optional"];
}

/**
 * Checks what types say of an operator's options once more, since they are gone when the file is read: what is missing or wrong is then an
 * import error with its line, not a task that fails at night.
 *
 * @param rest the options that were not taken out, among them `id`
 * @param others names of further options that `rest` may have, such as `SENSOR_SETTINGS`
 * @throws PolyflowError `dag_invalid`
 * @example checkOptions(options, { url: [url, "text"], method: [method, ["GET", "POST"]], body: [body, "text", "optional"] });
 */
export function checkOptions(rest: { readonly id: string }, own: OwnOptions, others: readonly string[] = []): void {
  within(`task "${String(rest.id)}"`, () => {
    checkKnown(rest, [...Object.keys(own), ...TASK_OPTIONS, ...others]);
    for (const [option, [given, rule, optional]] of Object.entries(own)) {
      if (given === undefined && optional !== undefined) continue;
      const { what, fits } = typeof rule === "string" ? RULES[rule] : oneOf(rule);
      if (given === undefined) throw invalidDag(`${option} is missing: it has to be ${what}.`);
      if (!fits(given)) throw invalidDag(`${option}: ${show(given)} is not ${what}.`);
    }
  });
}

function oneOf(choices: readonly string[]) {
  const what = `one of ${choices.map((choice) => `"${choice}"`).join(", ")}`;
  return { what, fits: (value: unknown): boolean => typeof value === "string" && choices.includes(value) };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

function pathOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "path" in value ? value.path : undefined;
}
