import { type DagSpec, type JsonObject, type JsonValue, PolyflowError } from "@polyflow/contracts";
import { runParams } from "@polyflow/lifecycle";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { shownValue } from "../http/shown-value.ts";

const MAX_COMPILED = 500;

/** Checks a run's conf against the JSON Schema of its DAG's params. */
export class ParamsValidator {
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    // Schemas are written by authors, who may add words of their own: unknown ones are no error. All wrong fields are named at once.
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, allowUnionTypes: true, addUsedSchema: false, verbose: true });
    addFormats.default(this.#ajv);
    // How a form shows the field; any text fits.
    for (const format of ["multiline", "file", "markdown", "password"]) this.#ajv.addFormat(format, true);
  }

  /**
   * @param versionId identity of the spec: its compiled schema is kept under it.
   * @throws PolyflowError `params_invalid`; the message and `details.errors` name each wrong field.
   */
  check(versionId: string, spec: DagSpec, conf: JsonObject): void {
    const validate = this.#compiledFor(versionId, spec);
    if (validate(runParams(spec, conf))) return;
    const found = validate.errors ?? [];
    const errors = found.map(describe);
    const summary = errors.map((error, index) => `${error.field}: ${error.message}${valueOf(found[index])}`).join("; ");
    throw new PolyflowError("params_invalid", `The parameters do not fit DAG ${spec.dagId}: ${summary}.`, { details: { errors } });
  }

  #compiledFor(versionId: string, spec: DagSpec): ValidateFunction {
    const known = this.#compiled.get(versionId);
    if (known !== undefined) return known;
    const validate = this.#compile(spec);
    if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
    this.#compiled.set(versionId, validate);
    return validate;
  }

  #compile(spec: DagSpec): ValidateFunction {
    try {
      const { $id: _, ...schema } = spec.params;
      return this.#ajv.compile({ type: "object", ...schema });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PolyflowError("params_invalid", `The params of DAG ${spec.dagId} are no valid JSON Schema: ${reason}. Mend its file.`, {
        cause: error,
      });
    }
  }
}

/** The value that does not fit, for people; nothing of lists and objects, which may be large, and of what a form hides. */
function valueOf(error: ErrorObject | undefined): string {
  const value: unknown = error?.data;
  const { format, writeOnly } = (error?.parentSchema ?? {}) as { readonly format?: unknown; readonly writeOnly?: unknown };
  return format === "password" || writeOnly === true ? "" : shownValue(value);
}

function describe(error: ErrorObject): { readonly field: string; readonly message: string; readonly rule: string } {
  const path = error.instancePath.split("/").slice(1);
  const missing: JsonValue | undefined = error.params["missingProperty"] ?? error.params["additionalProperty"];
  if (typeof missing === "string") path.push(missing);
  const field = ["conf", ...path].join(".");
  const allowed: unknown = error.params["allowedValues"];
  const message = Array.isArray(allowed)
    ? `${error.message ?? ""}: ${allowed.map((value) => JSON.stringify(value)).join(", ")}`
    : error.message;
  return { field, message: message ?? "is not valid", rule: error.keyword };
}
