import type { BrowseQuery } from "@polyflow/store";

/** Conditions of a `where` with their values, numbered as they are added. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly values: unknown[] = [];

  /** @param make gets the placeholder of the value. Nothing is added for an undefined value. */
  add(value: unknown, make: (placeholder: string) => string): this {
    if (value === undefined) return this;
    this.#texts.push(make(this.place(value)));
    return this;
  }

  /** A value without a condition of its own. */
  place(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  raw(text: string): this {
    this.#texts.push(text);
    return this;
  }

  get where(): string {
    return this.#texts.length === 0 ? "" : `where ${this.#texts.join(" and ")}`;
  }
}

/** A pattern of LIKE that finds the text anywhere. */
export function containing(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

/** What all lists of runs and of what belongs to them are narrowed by; `run` is the table's name in the statement. */
export function runConditions(query: BrowseQuery): Conditions {
  return new Conditions()
    .add(query.readableDagIds, (value) => `run.dag_id = any(${value}::text[])`)
    .add(containing(query.dag), (value) => `run.dag_id ilike ${value}`)
    .add(containing(query.run), (value) => `run.run_id ilike ${value}`)
    .add(query.from, (value) => `run.run_after >= ${value}`)
    .add(query.until, (value) => `run.run_after < ${value}`);
}
