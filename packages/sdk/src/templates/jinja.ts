import type { JsonValue } from "@polyflow/contracts";
import type * as MiniJinja from "minijinja-js";
import { FailTask } from "../task-errors.ts";

/** What a template can name: values, and functions that are called with the arguments in order; those given by name come last, as a Map. */
export type Scope = { readonly [name: string]: ScopeValue };
export type ScopeValue = JsonValue | ScopeFunction | { readonly [name: string]: ScopeValue };
export type ScopeFunction = (...rest: readonly unknown[]) => ScopeValue | undefined;
export type Filters = { readonly [name: string]: (value: unknown, ...rest: readonly unknown[]) => JsonValue };

/** Bounds the work of one template: a loop without end stops after some tens of milliseconds. */
const FUEL = 2_000_000;

let loading: Promise<typeof MiniJinja> | undefined;

/** Whether a text has anything to render. */
export function hasTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

/**
 * Renders one template (Jinja syntax). The engine is compiled code that knows nothing of JavaScript: a template reaches what `scope` holds
 * and nothing else. A name that does not exist is an error.
 * @param where for people: which field it is
 * @throws FailTask with the place of the mistake; whatever a function of the scope threw
 */
export async function renderJinja(
  template: string,
  scope: Scope,
  { filters, where }: { readonly filters: Filters; readonly where: string },
) {
  // loaded at the first template only: it takes 7 ms
  loading ??= import("minijinja-js");
  const { Environment } = await loading;
  const environment = new Environment();
  const thrown: unknown[] = [];
  try {
    configure(environment);
    for (const [name, filter] of Object.entries(filters)) environment.addFilter(name, guarded(filter, thrown));
    const text = environment.renderStr(template, guardScope(scope, thrown));
    if (thrown.length === 0) return text;
  } catch (error) {
    if (thrown.length === 0) throw new FailTask(`The template of ${where} cannot be rendered: ${explain(error)}`, { cause: error });
  } finally {
    environment.free();
  }
  throw thrown[0];
}

function configure(environment: MiniJinja.Environment): void {
  environment.undefinedBehavior = "strict";
  environment.keepTrailingNewline = true;
  // names the place of a mistake, and what stands there
  environment.debug = true;
  environment.fuel = FUEL;
  environment.enablePyCompat();
}

/** An exception must not pass through the engine, which would be unusable afterwards: it is kept, and thrown when the engine is done. */
function guarded(call: (...rest: never[]) => unknown, thrown: unknown[]): (...rest: never[]) => unknown {
  return (...rest) => {
    try {
      return call(...rest) ?? null;
    } catch (error) {
      thrown.push(error);
      return "";
    }
  };
}

function guardScope(value: ScopeValue, thrown: unknown[]): unknown {
  if (typeof value === "function") return guarded(value, thrown);
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, guardScope(inner, thrown)]));
}

/** Which name is not there, and what to do: the engine only marks its place. */
function sayUnknown(text: string): string {
  if (!text.startsWith("undefined value")) return "";
  const [, line, marks] = /^ *\d+ > (.*)\n *i ( *\^+) undefined value/m.exec(text) ?? [];
  if (line === undefined || marks === undefined) return "";
  const start = marks.indexOf("^");
  const name = `${/[\w.]*$/.exec(line.slice(0, start))?.[0] ?? ""}${line.slice(start, marks.length)}`;
  return `\nThere is no "${name}" here. What comes from the logical date is not there in a run without one: \`{% if ds is defined %}\`. The guide lists the names under "Templates".`;
}

/** The engine's message with the lines around the place, without the list of all names: values may be secret. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("fuel")) return "it does not come to an end. Make its loops shorter.";
  const [text = ""] = message.split(/\n(?:~{5,}|No referenced variables|Referenced variables)/);
  return `${text.replaceAll("<string>", "template").trim()}${sayUnknown(text)}`;
}
