const TAG = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const NAME = "[A-Za-z_][A-Za-z0-9_]*";
const QUOTED = `'([^'\\\\]+)'|"([^"\\\\]+)"`;

/** Which variables and connections a template names. */
export interface NamedSecrets {
  /** Keys after `var.value` and `var.json`. */
  readonly variables: ReadonlySet<string>;
  /** Keys that are given with a default: those may be missing. */
  readonly optionalVariables: ReadonlySet<string>;
  readonly connections: ReadonlySet<string>;
}

/**
 * Finds the names, so that they can be fetched before the template is rendered: `var.value.x`, `var.value["x"]`, `var.value.get("x", "…")`,
 * `var.json.x`, `conn.x`, `conn["x"]`. Names that are put together when the template is rendered cannot be known.
 */
export function namedSecrets(templates: readonly string[]): NamedSecrets {
  const variables = new Set<string>();
  const optionalVariables = new Set<string>();
  const connections = new Set<string>();
  const add = (set: Set<string>, expression: string, text: string): void => {
    for (const match of text.matchAll(new RegExp(expression, "g"))) {
      const name = match.slice(1).find((group) => group !== undefined);
      if (name !== undefined && name !== "get") set.add(name);
    }
  };
  for (const tag of templates.flatMap((template) => template.match(TAG) ?? [])) {
    add(variables, String.raw`\bvar\.(?:value|json)\.(${NAME})\b`, tag);
    add(variables, String.raw`\bvar\.(?:value|json)\[(?:${QUOTED})\]`, tag);
    add(optionalVariables, String.raw`\bvar\.(?:value|json)\.get\(\s*(?:${QUOTED})`, tag);
    add(connections, String.raw`\bconn\.(${NAME})\b`, tag);
    add(connections, String.raw`\bconn\[(?:${QUOTED})\]`, tag);
    add(connections, String.raw`\bconn\.get\(\s*(?:${QUOTED})`, tag);
  }
  return { variables, optionalVariables, connections };
}
