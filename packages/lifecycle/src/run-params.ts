import type { DagSpec, JsonObject, JsonValue } from "@polyflow/contracts";

/** Default values of a DAG's params: `default` of each property of its schema. */
function paramDefaults(spec: Pick<DagSpec, "params">): JsonObject {
  const properties = spec.params["properties"];
  if (!isObject(properties)) return {};
  const defaults: [string, JsonValue][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const value = isObject(schema) ? schema["default"] : undefined;
    if (value !== undefined) defaults.push([name, value]);
  }
  return Object.fromEntries(defaults);
}

/**
 * The params of a run: defaults of the DAG overlaid by the run's conf. Whether they fit the schema is not checked.
 * @example runParams(spec, { day: "monday" }).day; // "monday", whatever the default
 */
export function runParams(spec: Pick<DagSpec, "params">, conf: JsonObject): JsonObject {
  return { ...paramDefaults(spec), ...conf };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
