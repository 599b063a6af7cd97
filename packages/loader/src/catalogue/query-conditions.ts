/** Collects the conditions of a query and their parameters; what is undefined does not restrict. */
export class QueryConditions {
  readonly values: (string | number)[] = [];
  readonly #conditions: string[] = [];

  /** @param condition with `?` in the place of the value */
  add(condition: string, value: string | number | undefined): this {
    if (value === undefined) return this;
    this.#conditions.push(condition.replaceAll("?", () => this.place(value)));
    return this;
  }

  /** Adds a parameter and returns its place. */
  place(value: string | number): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get where(): string {
    return this.#conditions.length === 0 ? "" : ` where ${this.#conditions.join(" and ")}`;
  }
}

/** Rows of a list unless somebody asks for more or fewer. */
export const DEFAULT_LIMIT = 100;
