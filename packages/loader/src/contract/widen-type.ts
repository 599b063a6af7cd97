import type { EntityColumn, SourceField } from "@polyflow/metadata-model";
import { textField } from "./planned-column.ts";
import { familyOf } from "../cast/type-family.ts";

/** A column and the field that feeds it, with a type that takes more. */
export interface WiderColumn {
  readonly column: EntityColumn;
  readonly field: SourceField;
}

const INTEGERS = ["smallint", "integer", "bigint"];

/**
 * The types that a column could evolve into, narrowest first; the last one is text, which takes everything.
 * @example widerTypes(integerColumn, field).map((wider) => wider.column.physicalType); // ["bigint", "numeric", "text"]
 */
export function widerTypes(column: EntityColumn, field: SourceField): readonly WiderColumn[] {
  const kind = familyOf(column.physicalType).kind;
  const type = column.physicalType
    .trim()
    .toLowerCase()
    .replace(/^int$|^int4$/, "integer")
    .replace(/^int8$/, "bigint")
    .replace(/^int2$/, "smallint");
  const wider: WiderColumn[] = [];
  if (kind === "integer") {
    for (const integer of INTEGERS.slice(INTEGERS.indexOf(type) + 1)) {
      wider.push({ column: { ...column, physicalType: integer }, field: { ...field, type: "integer" } });
    }
  }
  if (kind === "integer" || (kind === "number" && type !== "numeric")) {
    wider.push({ column: { ...column, physicalType: "numeric", logicalType: "number" }, field: { ...field, type: "number" } });
  }
  if (!(kind === "text" && type === "text")) wider.push({ column: textual(column), field: textField(field.name, field.missingValues) });
  return wider;
}

/** Bounds of numbers and dates mean nothing for texts. */
function textual({ minimum: _minimum, maximum: _maximum, ...column }: EntityColumn): EntityColumn {
  return { ...column, physicalType: "text", logicalType: "string" };
}
