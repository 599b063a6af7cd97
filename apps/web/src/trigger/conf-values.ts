import { fieldValue, type FieldValues, type ParamField } from "./param-fields.ts";
import type { Conf } from "./read-form.ts";

/** What the controls hold when a run is started with the conf of an earlier one. Parameters that the conf lacks keep their default. */
export function valuesOfConf(fields: readonly ParamField[], conf: Conf): FieldValues {
  const own = fields.filter(({ name }) => Object.hasOwn(conf, name));
  return Object.fromEntries(own.map((field) => [field.name, valueOf(field, conf[field.name])]));
}

function valueOf(field: ParamField, value: unknown) {
  const labelOf = (one: unknown) => field.choices.find((choice) => JSON.stringify(choice.value) === JSON.stringify(one))?.label;
  if (field.kind === "choice") return labelOf(value) ?? "";
  if (field.kind === "choices" && Array.isArray(value)) return value.flatMap((one: unknown) => labelOf(one) ?? []);
  return fieldValue(field.kind, value);
}
