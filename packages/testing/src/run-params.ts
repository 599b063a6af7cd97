import { type DagSpec, type JsonObject, type JsonValue, PolyflowError } from "@polyflow/contracts";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/**
 * Defaults of the DAG overlaid by `conf`.
 * @throws PolyflowError `params_invalid` as a trigger would
 */
export function runParams(spec: DagSpec, conf: JsonObject): JsonObject {
  const properties = spec.params["properties"];
  const defaults = isObject(properties)
    ? Object.entries(properties).flatMap(([name, schema]): [string, JsonValue][] => {
        const value = isObject(schema) ? schema["default"] : undefined;
        return value === undefined ? [] : [[name, value]];
      })
    : [];
  const params: JsonObject = { ...Object.fromEntries(defaults), ...conf };
  check(spec, params);
  return params;
}

function check(spec: DagSpec, params: JsonObject): void {
  // as the server does it: words that the author added to a schema are no error
  const ajv = new Ajv2020({ strict: false, allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...spec.params });
  if (validate(params)) return;
  const problems = (validate.errors ?? []).map(
    (error) => `conf${error.instancePath.replaceAll("/", ".")} ${error.message ?? "is not valid"}`,
  );
  throw new PolyflowError("params_invalid", `The parameters do not fit DAG ${spec.dagId}: ${problems.join("; ")}.`);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
