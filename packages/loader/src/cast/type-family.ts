/** What matters of a PostgreSQL type for checking and comparing its values. */
export type TypeFamily =
  | { readonly kind: "text"; readonly length?: number }
  | { readonly kind: "integer" | "number" | "boolean" | "instant" | "json" | "other" };

const TEXT = /^(text|varchar|character varying|char|character|bpchar)\s*(\(\s*(\d+)\s*\))?$/;
const INTEGER = /^(smallint|integer|int|int2|int4|int8|bigint)$/;
const NUMBER = /^(numeric|decimal|real|float4|float8|double precision)\b/;

/** @param physicalType as the entity writes it, like `varchar(100)` */
export function familyOf(physicalType: string): TypeFamily {
  const type = physicalType.trim().toLowerCase();
  const text = TEXT.exec(type);
  if (text !== null) {
    const isSingle = text[1] === "char" || text[1] === "character";
    const length = text[3] === undefined ? (isSingle ? 1 : undefined) : Number(text[3]);
    return length === undefined ? { kind: "text" } : { kind: "text", length };
  }
  if (INTEGER.test(type)) return { kind: "integer" };
  if (type === "boolean" || type === "bool") return { kind: "boolean" };
  if (NUMBER.test(type)) return { kind: "number" };
  if (type.startsWith("timestamptz") || type.startsWith("timestamp with time zone")) return { kind: "instant" };
  if (type === "json") return { kind: "json" };
  return { kind: "other" };
}
