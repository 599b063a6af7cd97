import type { QualityRule } from "./entity-definition.ts";
import { parseReference } from "./read-rule-implementation.ts";

/** An agreement of a contract, as ODCS writes it. */
export interface RawSla {
  readonly property: string;
  readonly value: string | number | boolean | null;
  readonly unit?: string;
  readonly element?: string;
}

export interface RawRelationship {
  readonly type?: "foreignKey";
  readonly to?: string | readonly string[];
}

const HOURS: { readonly [unit: string]: number } = {
  h: 1,
  hour: 1,
  hours: 1,
  d: 24,
  day: 24,
  days: 24,
  min: 1 / 60,
  minute: 1 / 60,
  minutes: 1 / 60,
};

/** What a rule has that nobody has written. */
const PLAIN = { columns: [], missingValues: [null, ""] } as const;

/** `latency` of the contract as a freshness rule: a warning, since old data is no reason to refuse newer. */
export function latencyRules(
  slas: readonly RawSla[],
  object: { readonly name: string; readonly physicalNames: ReadonlyMap<string, string> },
): readonly QualityRule[] {
  return slas.flatMap((sla) => {
    const [table = "", property] = (sla.element ?? "").split(".");
    const hours = Number(sla.value) * (HOURS[sla.unit ?? "h"] ?? Number.NaN);
    if (sla.property !== "latency" || !Number.isFinite(hours) || (table !== "" && table !== object.name)) return [];
    const column = property === undefined ? undefined : object.physicalNames.get(property);
    if (property !== undefined && column === undefined) return [];
    return [
      {
        ...PLAIN,
        name: ["latency", column].filter((part) => part !== undefined).join("_"),
        metric: "freshness" as const,
        implementation: { rule: "freshness" as const },
        ...(column === undefined ? {} : { column }),
        operator: { kind: "mustBeLessOrEqualTo" as const, value: hours },
        unit: "hours" as const,
        severity: "warning" as const,
      },
    ];
  });
}

/** Each foreign key of a property as a reference rule. */
export function relationshipRules(column: string, relationships: readonly RawRelationship[]): readonly QualityRule[] {
  return relationships.flatMap(({ to }) => {
    if (typeof to !== "string" || !to.includes(".")) return [];
    const reference = parseReference(to);
    return [
      {
        ...PLAIN,
        name: `reference_${column}`,
        metric: "reference" as const,
        column,
        implementation: { rule: "reference" as const, to: reference },
        operator: { kind: "mustBe" as const, value: 0 },
        unit: "rows" as const,
        severity: "error" as const,
      },
    ];
  });
}
