import { isPolyflowError, type JsonObject, type JsonValue } from "@polyflow/contracts";
import type { Connection, TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { DATE_FILTERS, DATE_METHODS } from "./date-methods.ts";
import { detailScope } from "./detail-scope.ts";
import { hasTemplate, renderJinja, type Filters, type Scope, type ScopeValue } from "./jinja.ts";
import { readDateMethods } from "./method-calls.ts";
import { type NamedSecrets, namedSecrets } from "./named-secrets.ts";
import { OutputRequests } from "./output-requests.ts";
import { attemptScope, instanceScope } from "./template-scope.ts";
import { sprintf } from "./sprintf.ts";

const FILTERS: Filters = {
  ...DATE_METHODS,
  ...DATE_FILTERS,
  format: (text, ...values) => sprintf(String(text), values),
  // for a value that has to stand in a shell command
  shell_quote: (value) => `'${String(value).replaceAll("'", String.raw`'\''`)}'`,
};
/** Outputs that a template asks for may depend on others; more rounds than this are a mistake. */
const MOST_ROUNDS = 20;

export interface RenderOptions {
  /** For people: the name of the field, in errors. */
  readonly where?: string;
  /** Milliseconds since 1970; for `macros`. */
  readonly now?: () => number;
  /** Further names that the templates know. */
  readonly names?: JsonObject;
}

/**
 * Renders the Jinja templates in a value: in a text, or in the texts of a list or object, however deep; other values stay as they are.
 * Templates name what Airflow's do: `ds`, `ts`, `logical_date`, `data_interval_start`, `params`, `dag_run.conf`, `ti`, `var.value.x`,
 * `var.json.x`, `conn.x.host`, `macros.ds_add(ds, 1)` … A name that does not exist fails the task.
 *
 * @throws FailTask for a mistake in a template; PolyflowError `variable_not_found`, `connection_not_found`
 * @example const path = await renderTemplate("/data/{{ ds_nodash }}.csv", context);
 */
export async function renderTemplate<Value extends JsonValue>(
  value: Value,
  context: TaskContext,
  options: RenderOptions = {},
): Promise<Value> {
  const { where = "the text", now = Date.now, names = {} } = options;
  const templates = textsOf(value).filter(hasTemplate);
  if (templates.length === 0) return value;
  const [secrets, details] = await Promise.all([fetchSecrets(namedSecrets(templates), context), detailScope(templates, context)]);
  const scope: Scope = { ...attemptScope(context, now, details), ...names, ...secrets };
  const instance = instanceScope(context, details);
  const render = (text: string, path: string): Promise<string> =>
    renderWithOutputs(readDateMethods(text), { scope, instance, context, where: path });
  // what comes out has the shape of what went in: only texts are replaced, by texts
  return (await replaceTexts(value, where, render)) as Value;
}

/** Renders once more for as long as the template asks for outputs that are not known yet. */
async function renderWithOutputs(
  text: string,
  {
    scope,
    instance: ti,
    context,
    where,
  }: { readonly scope: Scope; readonly instance: Scope; readonly context: TaskContext; readonly where: string },
): Promise<string> {
  const outputs = new OutputRequests(context);
  const instance = { ...ti, xcom_pull: outputs.pull };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const [rendered] = await Promise.allSettled([
      renderJinja(text, { ...scope, ti: instance, task_instance: instance }, { filters: FILTERS, where }),
    ]);
    // an output that was not there yet may be why it failed
    if (await outputs.fetchMissing()) continue;
    if (rendered.status === "rejected") throw rendered.reason;
    return rendered.value;
  }
  throw new FailTask(`The template of ${where} asks for other outputs each time that it is rendered.`);
}

async function replaceTexts(value: JsonValue, path: string, render: (text: string, path: string) => Promise<string>): Promise<JsonValue> {
  if (typeof value === "string") return hasTemplate(value) ? render(value, path) : value;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return Promise.all(value.map((item, index) => replaceTexts(item, `${path}[${index}]`, render)));
  const entries = Object.entries(value).map(async ([name, inner]) => [name, await replaceTexts(inner, `${path}.${name}`, render)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function textsOf(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

/** `var` and `conn` with what the templates name. */
async function fetchSecrets(named: NamedSecrets, context: TaskContext): Promise<Scope> {
  const values = new Map<string, string>();
  const missing = new Map<string, unknown>();
  const fetchVariable = async (key: string): Promise<void> => {
    try {
      values.set(key, await context.variable(key));
    } catch (error) {
      if (!isPolyflowError(error, "variable_not_found") || named.variables.has(key)) throw error;
      missing.set(key, error);
    }
  };
  await Promise.all([...named.variables, ...named.optionalVariables].map(fetchVariable));
  const connections = await Promise.all(
    [...named.connections].map(async (id) => [id, connectionScope(await context.connection(id))] as const),
  );
  const text = Object.fromEntries(values);
  const json = Object.fromEntries([...values].map(([key, value]) => [key, readJson(key, value)]));
  const getter = (found: { readonly [key: string]: ScopeValue }) => ({
    ...found,
    get: (key: unknown, otherwise: unknown) =>
      found[String(key)] ?? (otherwise instanceof Map ? [...otherwise.values()][0] : (otherwise as JsonValue)),
  });
  return { var: { value: getter(text), json: getter(json) }, conn: Object.fromEntries(connections) };
}

/** A variable that is no JSON can be named as `var.value` only; the text then stands in for it. */
function readJson(key: string, value: string): JsonValue {
  try {
    return JSON.parse(value) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return `(variable "${key}" is no JSON: use var.value)`;
    throw error;
  }
}

function connectionScope({ connectionId, type, ...connection }: Connection): JsonObject {
  return { ...connection, conn_id: connectionId, conn_type: type, extra_dejson: connection.extra, extra: JSON.stringify(connection.extra) };
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
