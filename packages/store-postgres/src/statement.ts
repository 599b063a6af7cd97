/** One SQL statement with a name; under that name each connection prepares it once and reuses its plan. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Names a statement. The comment above each constant says its parameters, its result and the locks it takes, in order.
 * @example const PING = statement("ping", "select 1");
 */
export function statement(name: string, text: string): Statement {
  return { name, text };
}
