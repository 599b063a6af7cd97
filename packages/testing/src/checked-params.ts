import { type DagSpec, type JsonObject, PolyflowError } from "@polyflow/contracts";
import { runParams } from "@polyflow/lifecycle";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/**
 * Defaults of the DAG overlaid by `conf`.
 * @throws PolyflowError `params_invalid` as a trigger would
 */
export function checkedParams(spec: DagSpec, conf: JsonObject): JsonObject {
  const params = runParams(spec, conf);
  // as the server does it: words that the author added to a schema are no error
  const ajv = new Ajv2020({ strict: false, allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...spec.params });
  if (validate(params)) return params;
  const problems = (validate.errors ?? []).map(
    (error) => `conf${error.instancePath.replaceAll("/", ".")} ${error.message ?? "is not valid"}`,
  );
  throw new PolyflowError("params_invalid", `The parameters do not fit DAG ${spec.dagId}: ${problems.join("; ")}.`);
}
